/** A cell of the grid: a stage that holds progress, a player or an ending, and a caption below. */

import { div, el, setAttributes, setTextWithCode, textLine, toggleClass } from "../../dom";
import { createCancelButton } from "../../job/cancel";
import { createEnding, endingText } from "../../job/ending";
import { createProgress, statusText } from "../../job/progress";
import { createStage, showOnStage } from "../../job/stage";
import type { ClipState } from "../../playback/sync";
import type { CellView } from "../../protocol/grid";
import { succeeded } from "../../protocol/job";
import type { PickChange } from "../picks";
import { type CellPlayer, createCellPlayer } from "./cell_player";
import { createOverlay } from "./overlay";

export interface CellActions {
  pick(change: PickChange): void;
  cancel(): void;
  retry(): void;
}

export interface Cell {
  element: HTMLElement;
  player: CellPlayer;
  view: CellView;
  /** Draws `view` as the clip of that name and index among `count`. */
  update(view: CellView, name: string, index: number, count: number): void;
  /** Draws the elapsed time and the bar of a running job. */
  tick(): void;
  /** Shows where the clip is at the common time, with its frame if `exact`, and by how many frames it starts later. */
  mark(clip: ClipState | null, exact: boolean, shift: number): void;
  pick(favourite: boolean, winner: boolean): void;
  choose(chosen: boolean): void;
  destroy(): void;
}

/** When each view was received, of `performance.now()`; the same for all views of the grid. */
const receivedAt = new WeakMap<CellView, number>();

/** `adopted`: a player that is already in the page. */
export function createCell(first: CellView, adopted: HTMLVideoElement | null, actions: CellActions): Cell {
  const player = createCellPlayer(adopted);
  const cancel = createCancelButton(actions.cancel);
  const progress = createProgress(cancel.element);
  const ending = createEnding(actions.retry);
  const overlay = createOverlay(actions.pick);
  const stage = createStage(overlay.element);
  const labelList = div("vgn-labels");
  const outcomeList = div("vgn-outcome");
  const notice = textLine("vgn-notice");
  const element = div("vgn-cell", stage, div("vgn-under", labelList, outcomeList, notice));
  setAttributes(element, { role: "group", tabindex: -1 });

  const drawCaption = ({ labels, outcome, job }: CellView) => {
    drawList(labelList, labels);
    drawList(outcomeList, outcome);
    setTextWithCode(notice, job.phase === "ended" ? job.notice : null);
  };
  const cell: Cell = {
    element,
    player,
    view: first,
    update(view, name, index, count) {
      const { job } = view;
      if (!receivedAt.has(view)) receivedAt.set(view, performance.now());
      cell.view = view;
      const ended = endingText(job);
      const finished = succeeded(job);
      const unfinished = ended ? ending : progress;
      showOnStage(stage, (finished ? player : unfinished).element);
      cancel.update(job);
      ending.update(job);
      player.update(job, name);
      overlay.update(view, index);
      drawCaption(view);
      const state = finished ? "" : `, ${ended ?? statusText({ ...job, progress: null })}`;
      setAttributes(element, { "aria-label": `Clip ${index + 1} of ${count}: ${name}${state}` });
      cell.tick();
    },
    tick() {
      const since = (performance.now() - (receivedAt.get(cell.view) ?? 0)) / 1000;
      if (isRunning(cell.view)) progress.update(cell.view.job, since);
    },
    mark: (clip, exact, shift) => overlay.mark(player.playable ? clip : null, exact, shift),
    pick(favourite, winner) {
      overlay.picks.update(favourite, winner);
      toggleClass(element, "vgn-won", winner);
      toggleClass(element, "vgn-liked", favourite);
    },
    choose(chosen) {
      toggleClass(element, "vgn-chosen", chosen);
      setAttributes(element, { "aria-current": chosen || null });
      // Only the chosen cell's: with two dozen cells the Tab key would stop at dozens of buttons.
      overlay.picks.setReachable(chosen);
    },
    destroy() {
      for (const part of [cancel, ending, player]) part.destroy();
      element.remove();
    },
  };
  cell.choose(false);
  return cell;
}

/** Whether the job is queued or running. */
export function isRunning({ job }: CellView): boolean {
  return job.phase !== "ended" && (job.status === "queued" || job.status === "running");
}

/** Texts separated by dots, each in its own direction. */
function drawList(element: HTMLElement, texts: readonly string[]): void {
  const title = texts.join(" · ");
  element.hidden = !title;
  if (element.title === title) return;
  element.title = title;
  element.replaceChildren(...texts.flatMap((text, index) => [index ? " · " : "", el("bdi", "", text)]));
}
