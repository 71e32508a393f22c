/** One job as a card: a stage for each clip, which holds progress, a player or an ending, and a caption below. */

import { createAnnouncer, div, setText, setVariables, toggleClass } from "../dom";
import type { ClipSource } from "../playback/clip_store";
import { type JobView, succeeded, type VideoFile } from "../protocol/job";
import { joined } from "../texts";
import { createCancelButton } from "./cancel";
import { createCaption } from "./caption";
import { createEnding, endingText } from "./ending";
import { createPlayer, type Player } from "./player";
import { createProgress, statusText } from "./progress";
import { createStage, showOnStage } from "./stage";

const TICK_MS = 500;
const NO_FILE: VideoFile = { src: null, poster: null, path: "" };

export interface CardActions {
  cancel(): void;
  retry(): void;
}

export interface Card {
  element: HTMLElement;
  /** Draws `view`, received at `receivedAt` (of `performance.now()`); `clip` finds what the page has of a clip. */
  update(view: JobView, receivedAt: number, clip: (index: number) => ClipSource): void;
  destroy(): void;
}

export function createCard(actions: CardActions): Card {
  const cancel = createCancelButton(actions.cancel);
  const progress = createProgress(cancel.element);
  const ending = createEnding(actions.retry);
  const caption = createCaption();
  const stages = div("vgn-stages");
  const announcer = createAnnouncer();
  const element = div("vgn-card", stages, caption, announcer);

  const players: Player[] = [];
  let ticking: ReturnType<typeof setInterval> | undefined;

  const dropPlayersFrom = (count: number) => {
    for (const player of players.splice(count)) {
      player.element.remove();
      player.destroy();
    }
  };
  const playerOf = (view: JobView, index: number, clip: ClipSource): HTMLElement => {
    const player = players[index] ?? createPlayer();
    players[index] = player;
    player.update(view.videos[index] ?? NO_FILE, view.prompt, clip);
    return player.element;
  };
  /** What stands on a stage of a job without clips: the first one has it, the others stay empty. */
  const contentOf = (view: JobView, index: number) => {
    if (index > 0) return null;
    return endingText(view) ? ending.element : progress.element;
  };
  const drawStages = (view: JobView, clip: (index: number) => ClipSource) => {
    const finished = succeeded(view);
    const count = Math.max(view.videos.length, 1);
    setVariables(stages, { w: view.width, h: view.height, count });
    toggleClass(stages, "vgn-many", count > 1);
    setStageCount(stages, count);
    dropPlayersFrom(finished ? count : 0);
    for (const [index, stage] of [...stages.children].entries()) {
      setText(stage.lastElementChild as HTMLElement, endingText(view) ? null : view.badge);
      showOnStage(stage, finished ? playerOf(view, index, clip(index)) : contentOf(view, index));
    }
  };

  return {
    element,
    update(view, receivedAt, clip) {
      cancel.update(view);
      drawStages(view, clip);
      ending.update(view);
      caption.update(view);
      announcer.announce(announcementOf(view));
      clearInterval(ticking);
      const tick = () => progress.update(view, (performance.now() - receivedAt) / 1000);
      tick();
      if (view.status === "queued" || view.status === "running") ticking = setInterval(tick, TICK_MS);
    },
    destroy() {
      clearInterval(ticking);
      for (const part of [...players, cancel, ending, caption]) part.destroy();
      element.remove();
    },
  };
}

function setStageCount(stages: HTMLElement, count: number): void {
  while (stages.childElementCount > count) stages.lastElementChild?.remove();
  while (stages.childElementCount < count) stages.append(createStage(div("vgn-badge")));
}

/** What a screen reader says of a new state; it has no numbers, which would be read again at every change. */
function announcementOf(view: JobView): string {
  const ending = endingText(view);
  if (ending) return joined([ending, view.error?.summary], ": ");
  if (succeeded(view)) return "The video is ready";
  return statusText({ ...view, position: null, progress: null, received: null });
}
