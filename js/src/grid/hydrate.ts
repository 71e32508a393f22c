/** Turns the plain players that Python wrote into a page into a grid that plays in step, without a kernel. */
import { readGrid } from "../protocol/grid";
import { loadPicks, savePicks } from "./picks";
import { createGrid, type Grid } from "./view";

/**
 * Puts a grid into `root` that plays the very players that are there: their addresses may still come, or be rewritten.
 * What its user picks is kept under `name`, which is the grid's own where none is given. Null where nothing is to do.
 */
export function enliven(root: Element, style: string, name?: string): Grid | null {
  const data = root.querySelector(':scope > script[type="application/json"]')?.textContent;
  if (!data || root.querySelector(".vgn-grid")) return null;
  const grid = readGrid(JSON.parse(data));
  const kept = name ?? grid.id;
  const players = [...root.querySelectorAll(".videogen-cell")].map((cell) => cell.querySelector("video"));
  const plain = [...root.children].filter((child) => child.localName !== "script");
  const view = createGrid({
    live: null,
    picked: (picks) => savePicks(kept, picks),
    adopt: (place) => players[place] ?? null,
  });
  view.update({ ...grid, ...loadPicks(kept) });
  for (const [place, { key, job }] of grid.cells.entries()) {
    // Too large to be saved within the page.
    if (!players[place]) view.noClip(key, `The clip is saved as ${job.videos[0]?.path ?? "a file"}`);
  }
  const sheet = document.createElement("style");
  sheet.textContent = style;
  for (const child of plain) child.remove();
  root.prepend(...(style ? [sheet] : []), view.element);
  return view;
}
