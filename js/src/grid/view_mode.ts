/** How the clips are looked at: which mode, which is chosen, and which two are compared. */

export type Mode = "grid" | "solo" | "wipe" | "blink";

/** Clips are told by their place. */
export interface Stand {
  mode: Mode;
  chosen: number | null;
  /** The last two chosen, the latest at the end. */
  recent: readonly number[];
}

export function choose(stand: Stand, place: number): Stand {
  return { ...stand, chosen: place, recent: [...stand.recent.filter((each) => each !== place), place].slice(-2) };
}

/** The two to compare among `places`: the last two chosen; else the `best`, or the first, and another. */
export function pairOf(
  recent: readonly number[],
  places: readonly number[],
  best: number | null,
): readonly [a: number, b: number] {
  const ready = recent.filter((place) => places.includes(place));
  if (ready.length > 1) return [ready[0] as number, ready[1] as number];
  const [only] = ready;
  const rest = [best, ...places].filter((place) => place !== null && place !== only && places.includes(place));
  const a = rest[0] ?? only ?? 0;
  return [a, only ?? rest.find((place) => place !== a) ?? a];
}

/** The next one among `places`, round the ends. */
export function neighbour(from: number | null, places: readonly number[], by: number): number | null {
  if (!places.length) return null;
  const at = from === null ? -1 : places.indexOf(from);
  if (at < 0) return places.at(by > 0 ? 0 : -1) ?? null;
  return places[(at + by + places.length) % places.length] ?? null;
}
