/** The grid's keyboard: one table, which the help shows as well. */

export type Command =
  | "play"
  | "scrub"
  | "step"
  | "move"
  | "choose"
  | "solo"
  | "wipe"
  | "turn"
  | "blink"
  | "swap"
  | "favourite"
  | "winner"
  | "mute"
  | "loop"
  | "shift"
  | "zoom"
  | "full"
  | "grid"
  | "help";

/** What a command acts by: seconds, frames, clips, steps of zoom, or the place of a clip; 0 where it needs none. */
export type Run = (command: Command, by: number) => void;

export type Binding = readonly [Command, number];

const KEYS = new Map<string, Binding>([
  [" ", ["play", 0]],
  ["ArrowLeft", ["scrub", -1]],
  ["ArrowRight", ["scrub", 1]],
  [",", ["step", -1]],
  [".", ["step", 1]],
  ["ArrowUp", ["move", -1]],
  ["ArrowDown", ["move", 1]],
  ["Enter", ["solo", 0]],
  ["w", ["wipe", 0]],
  ["v", ["turn", 0]],
  ["b", ["blink", 0]],
  ["x", ["swap", 0]],
  ["f", ["favourite", 0]],
  ["c", ["winner", 0]],
  ["m", ["mute", 0]],
  ["l", ["loop", 0]],
  ["[", ["shift", -1]],
  ["]", ["shift", 1]],
  ["+", ["zoom", 1]],
  ["=", ["zoom", 1]],
  ["-", ["zoom", -1]],
  ["0", ["zoom", 0]],
  ["Escape", ["grid", 0]],
  ["?", ["help", 0]],
]);

export interface Pressed {
  key: string;
  /** The key's place on the keyboard: digits are typed with shift in some countries. */
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What a key means to the grid; null if nothing. Held with shift, the arrows go five times as far. */
export function bindingOf(pressed: Pressed): Binding | null {
  // Brackets need AltGr on many keyboards, which some systems tell as Ctrl and Alt together.
  const typed = "[]".includes(pressed.key);
  if (!typed && (pressed.ctrlKey || pressed.metaKey || pressed.altKey)) return null;
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(pressed.code)?.[1];
  if (digit && !pressed.shiftKey) return digit === "0" ? ["zoom", 0] : ["choose", Number(digit) - 1];
  const binding = KEYS.get(pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key);
  if (binding?.[0] === "scrub" && pressed.shiftKey) return ["scrub", binding[1] * 5];
  return binding ?? null;
}

/** Keys and what they do, for people. */
export const HELP: readonly (readonly [keys: string, does: string])[] = [
  ["Space", "Play, pause"],
  ["← →", "One second (Shift: five)"],
  [", .", "One frame"],
  ["1 – 9", "One clip alone; again: back"],
  ["↑ ↓", "Choose another clip"],
  ["Enter", "The chosen clip alone"],
  ["W", "Wipe between A and B"],
  ["V", "Wipe across or down"],
  ["B", "Blink between A and B; held: B"],
  ["X", "Swap A and B"],
  ["F", "Favourite"],
  ["C", "Winner"],
  ["M", "Sound of the chosen clip"],
  ["L", "Loop"],
  ["[ ]", "Start the clip a frame earlier, later"],
  ["+ − 0", "Zoom (Ctrl + wheel); 0: whole"],
  ["Esc", "Back to the grid"],
  ["?", "This list"],
];
