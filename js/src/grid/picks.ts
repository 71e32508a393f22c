/** The winner and the favourites: changed by the user, kept by a page without a kernel, handed to Python as a line. */
import type { Picks } from "../protocol/grid";
import { list, record, text } from "../protocol/read";

/** A change of the picks for the cell of a key. */
export type PickChange = (picks: Picks, key: string) => Picks;

/** Changes the picks for the cell of an index. */
export type PickCell = (index: number, change: PickChange) => void;

/** Adds `key` to the favourites, or removes it. */
export function toggleFavourite(picks: Picks, key: string): Picks {
  const others = picks.favourites.filter((favourite) => favourite !== key);
  return { ...picks, favourites: others.length < picks.favourites.length ? others : [...others, key] };
}

/** Makes `key` the winner, of which there is at most one, or leaves none if it is already. */
export function toggleWinner(picks: Picks, key: string): Picks {
  return { ...picks, winner: picks.winner === key ? null : key };
}

/** The Python line that records the picks. */
export function picksLine(id: string, { winner, favourites }: Picks): string {
  // A JSON string is a Python string, too.
  const [grid, best, favouriteKeys] = [id, winner, favourites].map((value) => JSON.stringify(value));
  const keys = favouriteKeys?.replaceAll('","', '", "');
  return `videogen_nb.picks(${grid}, winner=${winner === null ? "None" : best}, favourites=${keys})`;
}

const PREFIX = "videogen_nb.picks.";

/** The picks that this browser has kept for a grid; null if none, or where the page has no storage. */
export function loadPicks(id: string): Picks | null {
  try {
    const raw = record(JSON.parse(localStorage.getItem(PREFIX + id) ?? "null"));
    if (!("favourites" in raw)) return null;
    return { winner: text(raw.winner), favourites: list(raw.favourites).flatMap((key) => text(key) ?? []) };
  } catch {
    return null;
  }
}

export function savePicks(id: string, picks: Picks): void {
  try {
    localStorage.setItem(PREFIX + id, JSON.stringify(picks));
  } catch {
    // The page has no storage. The picks last until it is left; "Copy picks" keeps them.
  }
}
