/** How the clips are viewed: in which mode, which one is chosen, and which two are compared. */

export type Mode = "grid" | "solo" | "wipe" | "blink";

/** How many clips each mode needs. */
export const CLIPS_NEEDED: Record<Mode, number> = { grid: 0, solo: 1, wipe: 2, blink: 2 };

/** Clips are identified by the index of their cell. */
export interface ViewMode {
  mode: Mode;
  chosen: number | null;
  /** The last two chosen, the latest at the end. */
  recent: readonly number[];
}

export function choose(view: ViewMode, index: number): ViewMode {
  return { ...view, chosen: index, recent: [...view.recent.filter((other) => other !== index), index].slice(-2) };
}

/** The two clips to compare, of those that are `playable`: the last two chosen, else the `best` or the first and another. */
export function pairOf(
  recent: readonly number[],
  playable: readonly number[],
  best: number | null,
): readonly [a: number, b: number] {
  const chosen = recent.filter((index) => playable.includes(index));
  if (chosen.length > 1) return [chosen[0] as number, chosen[1] as number];
  const [only] = chosen;
  const rest = [best, ...playable].filter((index) => index !== null && index !== only && playable.includes(index));
  const a = rest[0] ?? only ?? 0;
  return [a, only ?? rest.find((index) => index !== a) ?? a];
}

/** The next of `indexes` after `from`, cyclic; the first or last if `from` is none of them. */
export function neighbour(from: number | null, indexes: readonly number[], by: number): number | null {
  if (!indexes.length) return null;
  const at = from === null ? -1 : indexes.indexOf(from);
  if (at < 0) return indexes.at(by > 0 ? 0 : -1) ?? null;
  return indexes[(at + by + indexes.length) % indexes.length] ?? null;
}
