/** A grid of clips that play in step, for a live widget and for a saved page. */
import type { ClipStore } from "../playback/clip_store";
import { createSync, type Sync } from "../playback/sync";
import type { CellView, GridView, Picks } from "../protocol/grid";
import { withCell } from "./cells/layout";
import { COMMANDS, type CommandContext, type Run } from "./controls/commands";
import { listenToUser } from "./events";
import { createParts } from "./parts";
import type { PickCell } from "./picks";
import { createRenderer } from "./render";
import { GridState } from "./state";

/** What a grid can ask of the kernel. */
export interface Live {
  want(key: string): void;
  cancel(key: string): void;
  retry(key: string): void;
  retryFailed(): void;
  used(): void;
  done(): void;
}

export interface GridOptions {
  /** Null in a saved page. */
  live: Live | null;
  /** The clips that came as bytes. */
  clips: Pick<ClipStore<string>, "get">;
  /** The user changed the picks. */
  picked(picks: Picks): void;
  /** Finds the player that the page already has for a cell. */
  adopt?(index: number): HTMLVideoElement | null;
  sync?: Sync;
}

export interface Grid {
  element: HTMLElement;
  update(grid: GridView): void;
  updateCell(index: number, cell: CellView): void;
  setPicks(picks: Picks): void;
  /** The clip of a key came, or cannot be had. */
  clipChanged(key: string): void;
  destroy(): void;
}

/** Milliseconds between messages to Python that the grid is in use. */
const USED_MS = 5000;
/** Seconds for which a blink shows each clip, unless the user prefers reduced motion. */
const BLINK_SECONDS = 0.5;

export function createGrid(options: GridOptions): Grid {
  const { live, picked, sync = createSync() } = options;
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = new GridState(reducedMotion ? 0 : BLINK_SECONDS);
  let usedAt = -USED_MS;

  const used = () => {
    if (!live || performance.now() - usedAt < USED_MS) return;
    usedAt = performance.now();
    live.used();
  };
  const draw = () => renderer.draw();
  const pick: PickCell = (index, change) => {
    state.picks = change(state.picks, state.key(index));
    used();
    picked(state.picks);
    draw();
  };
  const run: Run = (command, by) => {
    used();
    COMMANDS[command].run(context, by);
    draw();
  };
  const parts = createParts(options, state, sync, { run, pick, used, draw, drawClock: () => renderer.drawClock() });
  const { root, cells } = parts;
  const renderer = createRenderer(state, sync, parts, used);
  const context: CommandContext = {
    state,
    sync,
    pick,
    focus: (index) => cells.list[index]?.element.focus(),
    toggleFullScreen() {
      if (document.fullscreenElement === root) void document.exitFullscreen();
      else root.requestFullscreen?.().catch(() => {});
    },
  };
  const stopSync = sync.subscribe(renderer.drawClock);
  const stopEvents = listenToUser(state, parts, renderer, run, used);

  return {
    element: root,
    update(grid) {
      state.grid = grid;
      state.picks = { winner: grid.winner, favourites: grid.favourites };
      root.setAttribute("aria-label", grid.title || "Clips in step");
      cells.update(grid);
      renderer.drawCells(grid);
    },
    updateCell(index, cell) {
      const before = state.cell(index)?.job;
      if (!state.grid || !before) return;
      const grid = withCell(state.grid, index, cell);
      state.grid = grid;
      cells.updateOne(grid, index);
      // Most changes are progress, which only the cell itself shows.
      const { job } = cell;
      const same = job.status === before.status && job.width === before.width && job.height === before.height;
      if (!same) renderer.drawCells(grid);
    },
    setPicks(picks) {
      state.picks = picks;
      draw();
    },
    clipChanged: cells.clipChanged,
    destroy() {
      renderer.destroy();
      stopSync();
      stopEvents();
      parts.header.destroy();
      cells.destroy();
      sync.destroy();
      root.remove();
    },
  };
}
