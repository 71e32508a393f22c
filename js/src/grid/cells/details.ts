/** Details of the clips that are viewed alone or in two: a line each, and the prompt. */

import { div, el, setText, setTitledText, textLine, toggleClass } from "../../dom";
import type { CellView } from "../../protocol/grid";
import { joined } from "../../texts";
import type { PickCell } from "../picks";
import { createPickButtons } from "./pick_buttons";

export interface ShownClip {
  index: number;
  name: string;
  view: CellView;
  favourite: boolean;
  winner: boolean;
  /** It is the one that a blink shows now. */
  active: boolean;
}

export interface Details {
  element: HTMLElement;
  /** Describes one clip, or A and B; `text` is the prompt where it is not shown elsewhere. */
  update(clips: readonly ShownClip[], text: string | null): void;
}

export function createDetails(pick: PickCell): Details {
  const prompt = textLine("vgn-prompt");
  const rows = ["A", "B"].map((letter) => createRow(letter, pick));
  const element = div("vgn-info", ...rows, prompt);
  return {
    element,
    update(clips, text) {
      element.hidden = !clips.length;
      for (const [index, row] of rows.entries()) row.update(clips[index] ?? null, clips.length > 1);
      setTitledText(prompt, text);
    },
  };
}

function createRow(letter: string, pick: PickCell) {
  let index = 0;
  const tag = el("span", `vgn-letter vgn-letter-${letter.toLowerCase()}`, letter);
  const name = textLine("vgn-name", "span");
  const facts = textLine("vgn-detail-facts", "span");
  const picks = createPickButtons((change) => pick(index, change));
  const element = div("vgn-detail", tag, div("vgn-detail-text", name, facts), picks);
  return {
    element,
    update(clip: ShownClip | null, isPair: boolean) {
      element.hidden = !clip;
      if (!clip) return;
      index = clip.index;
      tag.hidden = !isPair;
      toggleClass(element, "vgn-active", clip.active);
      setText(name, `${index + 1}  ${clip.name}`);
      name.title = clip.name;
      const { job, outcome } = clip.view;
      setTitledText(facts, joined([job.model, job.provider, ...job.facts, ...outcome]));
      picks.update(clip.favourite, clip.winner);
    },
  };
}
