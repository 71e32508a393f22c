/** Keys and the commands that they run, as `COMMANDS` has them. */
import { COMMANDS, type CommandName } from "./commands";

/** A command with the amount it acts by. */
export type Binding = readonly [CommandName, number];

const NAMES = Object.keys(COMMANDS) as CommandName[];
const BINDINGS = new Map(
  NAMES.flatMap((name) => (COMMANDS[name].keys ?? []).map(([key, by]) => [key, [name, by] as Binding])),
);
const KEY_NAMES: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

export interface Pressed {
  key: string;
  /** The key's position on the keyboard: on some layouts digits are typed with Shift. */
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The command that a key runs; null if none. */
export function bindingOf(pressed: Pressed): Binding | null {
  // Many layouts type brackets with AltGr, which some systems report as Ctrl and Alt.
  const typed = "[]".includes(pressed.key);
  if (!typed && (pressed.ctrlKey || pressed.metaKey || pressed.altKey)) return null;
  const digit = pressed.shiftKey ? null : /^(?:Digit|Numpad)(\d)$/.exec(pressed.code);
  const key = digit?.[1] ?? (pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key);
  const binding = BINDINGS.get(key);
  if (!binding) return null;
  const [name, by] = binding;
  return [name, by * ((pressed.shiftKey && COMMANDS[name].shift) || 1)];
}

/** The tooltip of a command, with the key that runs it. */
export function tooltip(name: CommandName, index = 0, title?: string): string {
  const { keys, titles, help } = COMMANDS[name];
  const key = keys?.[index]?.[0];
  return `${title ?? titles?.[index] ?? help}${key ? ` (${keyName(key)})` : ""}`;
}

/** The list of keys for people: the keys of each command, separated by spaces, and what they do. */
export function keyList(): [keys: string, help: string][] {
  return NAMES.flatMap((name) => {
    const { keys, listed, help } = COMMANDS[name];
    return keys ? [[listed ?? keys.map(([key]) => keyName(key)).join(" "), help]] : [];
  });
}

function keyName(key: string): string {
  return KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
