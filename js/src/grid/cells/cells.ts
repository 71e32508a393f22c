/** The cells of a grid: which are on screen, which have a clip, and which play in step. */

import type { ClipSource } from "../../playback/clip_store";
import type { Sync } from "../../playback/sync";
import type { CellView, GridView } from "../../protocol/grid";
import { succeeded } from "../../protocol/job";
import { type Cell, type CellActions, createCell } from "./cell";
import { nameOf } from "./layout";

/** How far outside the screen a clip is loaded. */
const MARGIN = "200px";

export interface CellsActions {
  actions(index: number): CellActions;
  adopt(index: number): HTMLVideoElement | null;
  clip(key: string): ClipSource;
  /** Asks for a clip that is on screen and has no address. */
  want(key: string): void;
  /** Other cells are on screen now. */
  seenChanged(): void;
}

export interface Cells {
  list: readonly Cell[];
  /** Indexes of the cells on screen. */
  seen: ReadonlySet<number>;
  /** Draws all cells of `grid`, and drops those that it no longer has. */
  update(grid: GridView): void;
  updateOne(grid: GridView, index: number): void;
  /** The clip of a key came, or cannot be had. */
  clipChanged(key: string): void;
  destroy(): void;
}

export function createCells(sync: Sync, on: CellsActions): Cells {
  const list: Cell[] = [];
  const seen = new Set<number>();
  /** By index: identifies the clip that was added to `sync`. */
  const synced: (string | null)[] = [];

  /** Loads the clip of a cell that is on screen, or asks for it. */
  const load = ({ view, player }: Cell) => {
    const { url, reason } = on.clip(view.key);
    if (player.video.hasAttribute("src")) player.load();
    else if (url === null && reason === null) on.want(view.key);
  };
  /** Lets the clips on screen play. */
  const drawSeen = () => {
    const playing = new Set<number>();
    for (const index of seen) {
      const cell = list[index];
      if (!cell || !succeeded(cell.view.job)) continue;
      load(cell);
      playing.add(index);
    }
    sync.show(playing);
  };
  const onIntersection = (entries: IntersectionObserverEntry[]) => {
    for (const { target, isIntersecting } of entries) {
      const index = list.findIndex(({ element }) => element === target);
      if (isIntersecting && index >= 0) seen.add(index);
      else seen.delete(index);
    }
    drawSeen();
    on.seenChanged();
  };
  const observer = new IntersectionObserver(onIntersection, { rootMargin: MARGIN });
  const add = (index: number, view: CellView) => {
    const cell = createCell(view, on.adopt(index), on.actions(index));
    list[index] = cell;
    observer.observe(cell.element);
    return cell;
  };
  const setClip = (cell: Cell) => {
    const { key, job } = cell.view;
    const { url, reason } = on.clip(key);
    const finished = succeeded(job);
    cell.player.setClip({ url: finished ? (job.videos[0]?.src ?? url) : null, reason });
  };
  /** Adds the cell's clip to those in step, or removes the one that it no longer has. */
  const syncClip = (index: number, { view, player }: Cell) => {
    const clip = succeeded(view.job) ? view.key + JSON.stringify(view.timing) : null;
    if (clip === (synced[index] ?? null)) return;
    if (synced[index]) sync.remove(index);
    synced[index] = clip;
    if (clip) sync.add(index, player.video, view.timing);
  };
  const draw = (grid: GridView, index: number) => {
    const view = grid.cells[index];
    if (!view) return;
    const cell = list[index] ?? add(index, view);
    cell.update(view, nameOf(grid, view), index, grid.cells.length);
    syncClip(index, cell);
    setClip(cell);
  };
  const dropFrom = (count: number) => {
    for (const [index, cell] of [...list.entries()].slice(count)) {
      sync.remove(index);
      observer.unobserve(cell.element);
      seen.delete(index);
      cell.destroy();
    }
    synced.length = list.length = Math.min(list.length, count);
  };

  return {
    list,
    seen,
    update(grid) {
      dropFrom(grid.cells.length);
      for (const index of grid.cells.keys()) draw(grid, index);
      drawSeen();
    },
    updateOne(grid, index) {
      draw(grid, index);
      drawSeen();
    },
    clipChanged(key) {
      for (const cell of list) if (cell.view.key === key) setClip(cell);
      drawSeen();
    },
    destroy() {
      observer.disconnect();
      dropFrom(0);
    },
  };
}
