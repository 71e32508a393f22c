/** The cells of a grid: which are on screen, which have a clip, and which play along. */

import type { Sync } from "../../playback/sync";
import type { CellView, GridView } from "../../protocol/grid";
import { type Cell, type CellActions, createCell } from "./cell";
import { nameOf } from "./layout";

/** How far below the screen a clip is loaded. */
const AHEAD = "200px";

export interface CellsOn {
  actions(place: number): CellActions;
  adopt(place: number): HTMLVideoElement | null;
  /** A clip that is on screen has no address. */
  want(key: string): void;
  /** Other cells came on screen. */
  sight(): void;
}

export interface Cells {
  list: readonly Cell[];
  /** Places of those on screen. */
  seen: ReadonlySet<number>;
  /** Draws all cells of `grid`, and drops those that it has no more. */
  update(grid: GridView): void;
  updateOne(grid: GridView, place: number): void;
  /** Whose clip can be had there, or can't, and why. */
  clip(key: string, url: string | null, why: string | null): void;
  destroy(): void;
}

export function createCells(sync: Sync, on: CellsOn): Cells {
  const list: Cell[] = [];
  const seen = new Set<number>();
  const clips = new Map<string, { url: string | null; why: string | null }>();
  /** By place: the clip that was given to the clock. */
  const joined: (string | null)[] = [];

  /** Who is on screen plays, loads, and is asked for. */
  const drawSight = () => {
    const playing = new Set<string>();
    for (const place of seen) {
      const cell = list[place];
      if (cell?.view.job.status !== "succeeded") continue;
      if (cell.video.hasAttribute("src")) cell.load();
      else if (!clips.has(cell.view.key)) on.want(cell.view.key);
      playing.add(String(place));
    }
    sync.show(playing);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const place = list.findIndex(({ element }) => element === target);
        if (isIntersecting && place >= 0) seen.add(place);
        else seen.delete(place);
      }
      drawSight();
      on.sight();
    },
    { rootMargin: AHEAD },
  );
  const add = (place: number, view: CellView) => {
    const cell = createCell(view, on.adopt(place), on.actions(place));
    list[place] = cell;
    observer.observe(cell.element);
    return cell;
  };
  const setClip = (cell: Cell) => {
    const { key, job } = cell.view;
    const clip = clips.get(key);
    const url = job.status === "succeeded" ? (job.videos[0]?.src ?? clip?.url ?? null) : null;
    cell.setClip(url, clip?.why ?? null);
  };
  const draw = (grid: GridView, place: number) => {
    const view = grid.cells[place];
    if (!view) return;
    const cell = list[place] ?? add(place, view);
    cell.update(view, nameOf(grid, view), place, grid.cells.length);
    const done = view.job.status === "succeeded";
    // The next clip of the same name is another one.
    if (!done) clips.delete(view.key);
    const clip = done ? view.key + JSON.stringify(view.timing) : null;
    if (clip !== joined[place]) {
      if (joined[place]) sync.remove(String(place));
      joined[place] = clip;
      if (clip) sync.add(String(place), cell.video, view.timing);
    }
    setClip(cell);
  };
  const dropFrom = (count: number) => {
    for (const [place, cell] of [...list.entries()].slice(count)) {
      sync.remove(String(place));
      observer.unobserve(cell.element);
      seen.delete(place);
      cell.destroy();
    }
    joined.length = list.length = Math.min(list.length, count);
  };

  return {
    list,
    seen,
    update(grid) {
      dropFrom(grid.cells.length);
      for (const place of grid.cells.keys()) draw(grid, place);
      drawSight();
    },
    updateOne(grid, place) {
      draw(grid, place);
      drawSight();
    },
    clip(key, url, why) {
      clips.set(key, { url, why });
      for (const cell of list) if (cell.view.key === key) setClip(cell);
      drawSight();
    },
    destroy() {
      observer.disconnect();
      dropFrom(0);
    },
  };
}
