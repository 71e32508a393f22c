/** Chooses the mode of the view, and the two clips to compare. */
import { type Child, div, el, setAttributes } from "../../dom";
import { CLIPS_NEEDED, type Mode } from "../view_mode";
import type { Run } from "./commands";
import { createChoice, createCommandTool } from "./tools";

export interface ModesActions {
  pair(a: number, b: number): void;
  /** Sets for how many seconds a blink shows each clip; 0 changes by hand. */
  blinkSeconds(seconds: number): void;
}

export interface ModesState {
  mode: Mode;
  /** Index and name of each clip that can be shown. */
  clips: readonly (readonly [index: number, name: string])[];
  a: number;
  b: number;
  blinkSeconds: number;
}

export interface Modes {
  elements: HTMLElement[];
  update(state: ModesState): void;
}

const BLINK_SECONDS: readonly (readonly [number, string])[] = [
  [0, "by hand"],
  [0.25, "0.25 s"],
  [0.5, "0.5 s"],
  [1, "1 s"],
  [2, "2 s"],
];

export function createModes(run: Run, actions: ModesActions): Modes {
  const tools = {
    grid: createCommandTool("grid", run, "grid", 0, "Grid"),
    solo: createCommandTool("solo", run, "solo", 0, "Solo"),
    wipe: createCommandTool("wipe", run, "wipe", 0, "Wipe"),
    blink: createCommandTool("blink", run, "blink", 0, "Blink"),
  };
  const segments = div("vgn-segments", ...Object.values(tools));
  setAttributes(segments, { role: "group", "aria-label": "View" });
  let [shownA, shownB] = [0, 0];
  // A clip that the other side already shows is exchanged with this side's.
  const a = createChoice("Clip A", (index) => actions.pair(index, index === shownB ? shownA : shownB));
  const b = createChoice("Clip B", (index) => actions.pair(index === shownA ? shownB : shownA, index));
  const seconds = createChoice("Seconds for each clip", actions.blinkSeconds);
  const both = div("vgn-group", lettered("A", a), lettered("B", b), seconds);

  return {
    elements: [segments, both],
    update({ mode, clips, blinkSeconds, ...pair }) {
      [shownA, shownB] = [pair.a, pair.b];
      for (const name of Object.keys(tools) as Mode[]) {
        tools[name].update({ pressed: name === mode, enabled: clips.length >= CLIPS_NEEDED[name] });
      }
      both.hidden = CLIPS_NEEDED[mode] < 2;
      a.update(clips, shownA);
      b.update(clips, shownB);
      seconds.element.hidden = mode !== "blink";
      seconds.update(BLINK_SECONDS, blinkSeconds);
    },
  };
}

function lettered(letter: string, control: Child): HTMLElement {
  const label = el("span", `vgn-letter vgn-letter-${letter.toLowerCase()}`, letter);
  setAttributes(label, { "aria-hidden": true });
  return el("span", "vgn-lettered", label, control);
}
