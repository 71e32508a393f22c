/** The winner and the favourites: changing them, keeping them in a page without a kernel, handing them to Python. */
import type { Picks } from "../protocol/grid";
import { list, record, text } from "../protocol/read";

/** Adds `key` to the favourites, or takes it away. */
export function toggleFavourite(picks: Picks, key: string): Picks {
  const kept = picks.favourites.filter((each) => each !== key);
  return { ...picks, favourites: kept.length < picks.favourites.length ? kept : [...kept, key] };
}

/** There is one winner at most; the same again is none. */
export function toggleWinner(picks: Picks, key: string): Picks {
  return { ...picks, winner: picks.winner === key ? null : key };
}

/** The Python line that records them. */
export function picksLine(id: string, { winner, favourites }: Picks): string {
  // JSON's strings are Python's, too.
  const [grid, best, liked] = [id, winner, favourites].map((value) => JSON.stringify(value));
  const list = liked?.replaceAll('","', '", "');
  return `videogen_nb.picks(${grid}, winner=${winner === null ? "None" : best}, favourites=${list})`;
}

const PREFIX = "videogen_nb.picks.";

/** What this browser kept of the grid, or null; a page may be forbidden to keep anything. */
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
    // Shown until the page is left, then gone: "Copy picks" is there for that.
  }
}
