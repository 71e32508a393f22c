/** The commands of a grid: one table for the keyboard, the list of keys, the tooltips and the documentation. */
import { ASSUMED_FPS } from "../../playback/frames";
import type { Sync } from "../../playback/sync";
import { WHOLE, zoomTo } from "../lenses/zoom";
import { type PickCell, type PickChange, toggleFavourite, toggleWinner } from "../picks";
import type { GridState } from "../state";
import { choose, type Mode, neighbour } from "../view_mode";

/** What commands act on. */
export interface CommandContext {
  state: GridState;
  sync: Sync;
  pick: PickCell;
  /** Puts the keyboard focus on a cell. */
  focus(index: number): void;
  toggleFullScreen(): void;
}

interface Command {
  help: string;
  /** By `KeyboardEvent.key`, letters in lower case: each key with the amount that the command gets. */
  keys?: readonly (readonly [key: string, by: number])[];
  /** Tooltips by key, where they differ from `help`. */
  titles?: readonly string[];
  /** Keys as the list shows them, where it does not show each. */
  listed?: string;
  /** With Shift, the amount is multiplied by this. */
  shift?: number;
  /** `by`: seconds, frames, cells, steps of zoom, or the index of a cell; 0 for commands without an amount. */
  run(context: CommandContext, by: number): void;
}

const ZOOM_STEP = 1.5;
const DIGITS = Array.from({ length: 9 }, (_, index) => [String(index + 1), index] as const);

/** In the order of the list of keys. */
const TABLE = {
  play: {
    help: "Play or pause",
    keys: [[" ", 0]],
    run: ({ sync }) => (sync.state().playing ? sync.pause() : sync.play()),
  },
  scrub: {
    help: "One second (Shift: five)",
    keys: [
      ["ArrowLeft", -1],
      ["ArrowRight", 1],
    ],
    shift: 5,
    run: ({ sync }, by) => sync.seek(sync.state().time + by),
  },
  step: {
    help: "One frame back or forward",
    keys: [
      [",", -1],
      [".", 1],
    ],
    titles: ["Frame back", "Frame forward"],
    run: ({ sync }, by) => sync.step(by),
  },
  choose: {
    help: "Show one clip alone, or all again",
    keys: DIGITS,
    listed: "1 – 9",
    run({ state }, index) {
      if (!state.indexes.includes(index)) return;
      const again = state.view.mode === "solo" && state.view.chosen === index;
      state.view = choose(state.view, index);
      state.enter(again || !state.playable.includes(index) ? "grid" : "solo");
    },
  },
  move: {
    help: "Choose another clip",
    keys: [
      ["ArrowUp", -1],
      ["ArrowDown", 1],
    ],
    run({ state, focus }, by) {
      const { view, comparing } = state;
      const [a, b] = state.pair;
      const inGrid = view.mode === "grid";
      const candidates = inGrid ? state.indexes : state.playable.filter((index) => !comparing || index !== a);
      const next = neighbour(comparing ? b : view.chosen, candidates, by);
      if (next === null) return;
      state.view = comparing ? { ...view, chosen: next, recent: [a, next] } : choose(view, next);
      if (inGrid) focus(next);
    },
  },
  solo: { help: "The chosen clip alone", keys: [["Enter", 0]], run: toggle("solo") },
  wipe: { help: "Wipe between A and B", keys: [["w", 0]], run: toggle("wipe") },
  turn: {
    help: "Wipe across or down",
    keys: [["v", 0]],
    run({ state }) {
      state.vertical = !state.vertical;
    },
  },
  blink: { help: "Blink between A and B; held: B", keys: [["b", 0]], run: toggle("blink") },
  swap: {
    help: "Swap A and B",
    keys: [["x", 0]],
    run({ state }) {
      if (state.view.mode === "blink") state.flipped = !state.flipped;
      else if (state.view.mode === "wipe") state.view = { ...state.view, recent: [...state.pair].reverse() };
    },
  },
  favourite: { help: "Favourite", keys: [["f", 0]], run: pickChosen(toggleFavourite) },
  winner: { help: "Winner", keys: [["c", 0]], run: pickChosen(toggleWinner) },
  mute: {
    help: "Sound of the chosen clip",
    keys: [["m", 0]],
    run({ state }) {
      state.sound = !state.sound;
    },
  },
  loop: { help: "Loop", keys: [["l", 0]], run: ({ sync }) => sync.setLoop(!sync.state().loop) },
  shift: {
    help: "Start the clip a frame earlier, later",
    keys: [
      ["[", -1],
      ["]", 1],
    ],
    titles: ["Start a frame earlier", "Start a frame later"],
    run({ state, sync }, by) {
      const { chosen } = state.view;
      if (chosen === null) return;
      const frames = by && (state.shifts[chosen] ?? 0) + by;
      state.shifts[chosen] = frames;
      sync.shift(chosen, frames / (state.cell(chosen)?.timing?.fps || ASSUMED_FPS));
    },
  },
  zoom: {
    help: "Zoom (Ctrl + wheel); 0: whole",
    keys: [
      ["0", 0],
      ["+", 1],
      ["=", 1],
      ["-", -1],
    ],
    titles: ["Show the whole picture"],
    listed: "+ - 0",
    run({ state }, by) {
      state.zoom = by ? zoomTo(state.zoom, state.zoom.scale * ZOOM_STEP ** by) : WHOLE;
    },
  },
  full: { help: "Full screen", run: ({ toggleFullScreen }) => toggleFullScreen() },
  grid: {
    help: "Back to the grid",
    keys: [["Escape", 0]],
    titles: ["All clips"],
    run({ state }) {
      if (state.help) state.help = false;
      else state.enter("grid");
    },
  },
  help: {
    help: "This list",
    keys: [["?", 0]],
    titles: ["Keyboard"],
    run({ state }) {
      state.help = !state.help;
    },
  },
} satisfies Record<string, Command>;

export type CommandName = keyof typeof TABLE;
export const COMMANDS: Readonly<Record<CommandName, Command>> = TABLE;

/** Runs a command; see `Command.run` for the amount. */
export type Run = (command: CommandName, by: number) => void;

function toggle(mode: Mode): Command["run"] {
  return ({ state }) => state.enter(state.view.mode === mode ? "grid" : mode);
}

/** Changes the picks for the chosen clip; does nothing without one. */
function pickChosen(change: PickChange): Command["run"] {
  return ({ state, pick }) => {
    const chosen = state.playable.find((index) => index === state.view.chosen);
    if (chosen !== undefined) pick(chosen, change);
  };
}
