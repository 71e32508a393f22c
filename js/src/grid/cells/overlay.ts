/** What lies over the stage of a cell: its number, its marks, its frame, and the buttons that pick it. */

import { div, el, setText } from "../../dom";
import type { ClipState } from "../../playback/sync";
import type { CellView } from "../../protocol/grid";
import { succeeded } from "../../protocol/job";
import { reused_mark } from "../../protocol/shared.json";
import { signedFrames } from "../controls/settings";
import type { PickChange } from "../picks";
import { createPickButtons, type PickButtons } from "./pick_buttons";

export interface Overlay {
  element: HTMLElement;
  picks: PickButtons;
  update(view: CellView, index: number): void;
  /** Shows where `clip` is, with its frame if `exact`, and by how many frames it starts later. */
  mark(clip: ClipState | null, exact: boolean, shift: number): void;
}

export function createOverlay(pick: (change: PickChange) => void): Overlay {
  const number = el("span", "vgn-tag vgn-number");
  const badge = el("span", "vgn-tag");
  const reused = el("span", "vgn-tag", reused_mark);
  reused.title = "This clip existed before; nothing was submitted for it";
  const position = el("span", "vgn-tag vgn-mark");
  const offset = el("span", "vgn-tag vgn-offset");
  const picks = createPickButtons(pick);
  const tags = div("vgn-tags", number, badge, reused);
  return {
    element: div("vgn-overlay", tags, picks, position, offset),
    picks,
    update({ job, reused: isReused }, index) {
      setText(number, String(index + 1));
      setText(badge, job.badge);
      reused.hidden = !isReused;
      picks.element.hidden = !succeeded(job);
    },
    mark(clip, exact, shift) {
      const frame = exact && clip ? `frame ${clip.frame}` : null;
      const texts = { before: "starts later", on: frame, ended: "ended" };
      setText(position, clip && texts[clip.phase]);
      setText(offset, shift ? signedFrames(shift) : null);
    },
  };
}
