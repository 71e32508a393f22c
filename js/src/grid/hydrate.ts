/** Hydrates the static players that Python wrote into a page into a grid that plays in step, without a kernel. */

import { type ClipStore, createClipStore } from "../playback/clip_store";
import { readGrid } from "../protocol/grid";
import { cell_class } from "../protocol/shared.json";
import { loadPicks, savePicks } from "./picks";
import { createGrid } from "./view";

export interface Hydrated {
  element: HTMLElement;
  /** Takes clips that the page itself has. */
  clips: ClipStore<string>;
}

/**
 * Puts a grid into `root` that plays the page's own players: their addresses may be set or rewritten later. Picks are
 * kept under `name`, by default the grid's id. Null if there is no data, or the grid is already there.
 */
export function hydrate(root: Element, style: string, name?: string): Hydrated | null {
  const data = root.querySelector(':scope > script[type="application/json"]')?.textContent;
  if (!data || root.querySelector(".vgn-grid")) return null;
  const grid = readGrid(JSON.parse(data));
  const storageName = name ?? grid.id;
  const players = [...root.querySelectorAll(`.${cell_class}`)].map((cell) => cell.querySelector("video"));
  const staticParts = [...root.children].filter((child) => child.localName !== "script");
  const clips = createClipStore<string>((key) => view.clipChanged(key));
  const view = createGrid({
    live: null,
    clips,
    picked: (picks) => savePicks(storageName, picks),
    adopt: (index) => players[index] ?? null,
  });
  view.update({ ...grid, ...loadPicks(storageName) });
  for (const [index, { key, job }] of grid.cells.entries()) {
    // A clip without a player is too large for the page.
    if (!players[index]) clips.refuse(key, `The clip is saved as ${job.videos[0]?.path ?? "a file"}`);
  }
  for (const part of staticParts) part.remove();
  const sheet = document.createElement("style");
  sheet.textContent = style;
  root.prepend(...(style ? [sheet] : []), view.element);
  return { element: view.element, clips };
}
