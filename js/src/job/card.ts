/** One job as a card: stages that hold progress, players or an ending in the same box, and a caption. */

import { createAsk, el, setText } from "../dom";
import type { JobView, VideoFile } from "../protocol/job";
import { createCaption } from "./caption";
import { createEnding, endingText } from "./ending";
import { createPlayer, type Player } from "./player";
import { createProgress, statusText } from "./progress";

const TICK_MS = 500;
const NO_FILE: VideoFile = { src: null, poster: null, path: "" };

type ByIndex = (index: number) => string | null;

export interface CardActions {
  cancel(): void;
  retry(): void;
}

export interface Card {
  element: HTMLElement;
  /**
   * Draws `view`, which arrived at `heard` (of `performance.now()`); `clip` finds the URL of a clip sent as bytes,
   * `why` the reason that there is none.
   */
  update(view: JobView, heard: number, clip: ByIndex, why?: ByIndex): void;
  destroy(): void;
}

export function createCard(actions: CardActions): Card {
  const cancel = createAsk("vgn-cancel", actions.cancel);
  const progress = createProgress(cancel.element);
  const ending = createEnding(actions.retry);
  const caption = createCaption();
  const stages = el("div", "vgn-stages");
  const live = el("div", "vgn-live");
  live.setAttribute("aria-live", "polite");
  const element = el("div", "vgn-card", stages, caption.element, live);

  const players: Player[] = [];
  let ticking: ReturnType<typeof setInterval> | undefined;

  const drawCancel = (view: JobView) => {
    cancel.element.hidden = !view.can_cancel;
    const sure = view.cancel_note ? "Yes, cancel" : null;
    // Not by status: a job that starts to run while its user cancels must not ask again.
    const key = view.id + view.can_cancel;
    cancel.update({ label: "Cancel", busy: "Cancelling…", sure, note: view.cancel_note }, key);
  };
  const drawStages = (view: JobView, clip: ByIndex, why: ByIndex) => {
    const ended = endingText(view);
    const count = Math.max(view.videos.length, 1);
    stages.style.setProperty("--vgn-w", String(view.width));
    stages.style.setProperty("--vgn-h", String(view.height));
    stages.style.setProperty("--vgn-count", String(count));
    stages.classList.toggle("vgn-many", count > 1);
    while (stages.childElementCount > count) stages.lastElementChild?.remove();
    while (stages.childElementCount < count) stages.append(createStage());
    for (const player of players.splice(view.status === "succeeded" ? count : 0)) {
      player.element.remove();
      player.destroy();
    }
    [...stages.children].forEach((stage, index) => {
      setText(stage.lastElementChild as HTMLElement, ended ? null : view.badge);
      const file = view.status === "succeeded" ? (view.videos[index] ?? NO_FILE) : null;
      if (file) {
        const player = players[index] ?? createPlayer();
        players[index] = player;
        player.update(file, file.src ?? clip(index), view.prompt, why(index));
        hold(stage, player.element);
      } else if (index === 0 && ended) hold(stage, ending.element);
      else if (index === 0) hold(stage, progress.element);
      else hold(stage, null);
    });
  };

  return {
    element,
    update(view, heard, clip, why = () => null) {
      drawCancel(view);
      drawStages(view, clip, why);
      ending.update(view);
      caption.update(view);
      announce(live, view);
      clearInterval(ticking);
      const tick = () => progress.update(view, (performance.now() - heard) / 1000);
      tick();
      if (view.status === "queued" || view.status === "running") ticking = setInterval(tick, TICK_MS);
    },
    destroy() {
      clearInterval(ticking);
      for (const player of players) player.destroy();
      for (const part of [cancel, ending, caption]) part.destroy();
      element.remove();
    },
  };
}

function createStage(): HTMLElement {
  return el("div", "vgn-stage", el("div", "vgn-badge"));
}

/** Puts one thing on a stage, under its badge; the thing that is already there keeps its state. */
function hold(stage: Element, content: HTMLElement | null): void {
  const current = stage.childElementCount > 1 ? stage.firstElementChild : null;
  if (current === content) return;
  current?.remove();
  if (content) stage.prepend(content);
}

/** Tells screen readers of a new state, once; the ticking numbers are the bar's to tell. */
function announce(live: HTMLElement, view: JobView): void {
  const ending = endingText(view);
  const words = ending
    ? [ending, view.error?.what].filter(Boolean).join(": ")
    : view.status === "succeeded"
      ? "The video is ready"
      : statusText({ ...view, position: null, progress: null, received: null });
  if (live.textContent !== words) live.textContent = words;
}
