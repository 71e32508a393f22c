/** What is known of the clips that are looked at alone or in two: a line each, and the prompt. */
import { el, line, setText } from "../../dom";
import type { CellView } from "../../protocol/grid";
import { createTool } from "../controls/tools";

export interface Shown {
  place: number;
  name: string;
  view: CellView;
  favourite: boolean;
  winner: boolean;
  /** The one that a blink shows now. */
  active: boolean;
}

export interface Info {
  element: HTMLElement;
  /** Tells of one clip, or of A and B; `prompt` where it is not told elsewhere. */
  update(shown: readonly Shown[], prompt: string | null): void;
}

export function createInfo(favourite: (place: number) => void, winner: (place: number) => void): Info {
  const prompt = line("vgn-prompt");
  const rows = ["A", "B"].map((letter) => createRow(letter, favourite, winner));
  const element = el("div", "vgn-info", ...rows.map((row) => row.element), prompt);
  return {
    element,
    update(shown, words) {
      element.hidden = !shown.length;
      for (const [index, row] of rows.entries()) row.update(shown[index] ?? null, shown.length > 1);
      setText(prompt, words);
      prompt.title = words ?? "";
    },
  };
}

function createRow(letter: string, favourite: (place: number) => void, winner: (place: number) => void) {
  let place = 0;
  const mark = el("span", `vgn-letter vgn-letter-${letter.toLowerCase()}`, letter);
  const name = el("span", "vgn-name");
  const facts = el("span", "vgn-known");
  for (const words of [name, facts]) words.dir = "auto";
  const star = createTool("star", "Favourite (F)", () => favourite(place));
  const crown = createTool("crown", "Winner (C)", () => winner(place));
  const tools = el("span", "vgn-picks", star.element, crown.element);
  const element = el("div", "vgn-known-row", mark, el("div", "vgn-known-text", name, facts), tools);
  return {
    element,
    update(shown: Shown | null, two: boolean) {
      element.hidden = !shown;
      if (!shown) return;
      place = shown.place;
      mark.hidden = !two;
      element.classList.toggle("vgn-active", shown.active);
      setText(name, `${shown.place + 1}  ${shown.name}`);
      name.title = shown.name;
      const { job, made } = shown.view;
      setText(facts, [job.model, job.provider, ...job.facts, ...made].filter(Boolean).join(" · "));
      facts.title = facts.textContent ?? "";
      star.update({ pressed: shown.favourite });
      crown.update({ pressed: shown.winner });
    },
  };
}
