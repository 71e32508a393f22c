/** The script of a saved grid: turns the plain players of its output into ones that play in step, without a kernel. */

import { loadPicks, savePicks } from "./grid/picks";
import { createGrid } from "./grid/view";
import css from "./grid.css";
import { readGrid } from "./protocol/grid";

/** Puts a grid into `root` that plays the very players that are there: their addresses may still be rewritten. */
export function enliven(root: Element, style: string): void {
  const data = root.querySelector(':scope > script[type="application/json"]')?.textContent;
  if (!data || root.querySelector(".vgn-grid")) return;
  const grid = readGrid(JSON.parse(data));
  const players = [...root.querySelectorAll(".videogen-cell")].map((cell) => cell.querySelector("video"));
  const plain = [...root.children].filter((child) => child.localName !== "script");
  const view = createGrid({
    live: null,
    picked: (picks) => savePicks(grid.id, picks),
    adopt: (place) => players[place] ?? null,
  });
  view.update({ ...grid, ...loadPicks(grid.id) });
  for (const [place, { key, job }] of grid.cells.entries()) {
    // Too large to be saved within the page.
    if (!players[place]) view.noClip(key, `The clip is saved as ${job.videos[0]?.path ?? "a file"}`);
  }
  const sheet = document.createElement("style");
  sheet.textContent = style;
  for (const child of plain) child.remove();
  root.prepend(sheet, view.element);
}

const root = document.currentScript?.closest(".videogen-grid");
if (root) enliven(root, css);
