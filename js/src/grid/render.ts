/** Draws the state of a grid into its parts. */
import { setVariables, toggleClass } from "../dom";
import type { Sync } from "../playback/sync";
import type { GridView } from "../protocol/grid";
import { isRunning } from "./cells/cell";
import type { ShownClip } from "./cells/details";
import { sharedPrompt } from "./cells/header";
import { layoutOf } from "./cells/layout";
import { PIXELS } from "./lenses/zoom";
import type { Parts } from "./parts";
import type { GridState } from "./state";

export interface Renderer {
  /** Draws everything except the contents of cells, which only Python changes. */
  draw(): void;
  /** Draws what changes with the common time. */
  drawClock(): void;
  /** Pointers change these two often, so they draw nothing else. */
  drawZoom(): void;
  drawEdge(): void;
  /** After cells changed: draws where they stand, and what counts them. */
  drawCells(grid: GridView): void;
  destroy(): void;
}

const TICK_MS = 500;

/** `playing` is called while the clips play. */
export function createRenderer(state: GridState, sync: Sync, parts: Parts, playing: () => void): Renderer {
  const { root, header, bar, table, cells, edge, details, help } = parts;
  const surface = table.element;
  let layoutKey = "";
  let ticking: ReturnType<typeof setInterval> | undefined;
  let blinking: ReturnType<typeof setInterval> | undefined;

  const drawClock = () => {
    const clock = sync.state();
    bar.tick(clock);
    if (clock.playing) playing();
    const exact = !clock.playing && clock.time > 0;
    for (const index of state.shown) {
      if (cells.seen.has(index)) cells.list[index]?.mark(sync.clip(index), exact, state.shifts[index] ?? 0);
    }
  };
  const drawZoom = () => {
    const { zoom } = state;
    toggleClass(surface, "vgn-zoomed", zoom.scale > 1);
    toggleClass(surface, "vgn-pixels", zoom.scale > PIXELS);
    setVariables(surface, { scale: zoom.scale, x: zoom.x.toFixed(4), y: zoom.y.toFixed(4) });
    bar.zoom(zoom.scale);
  };
  const drawEdge = () => {
    const [a, b] = state.pair;
    setVariables(surface, { edge: state.edge.toFixed(4) });
    edge.update(state.edge, state.vertical, [state.name(a), state.name(b)]);
  };
  const drawSurface = (a: number, b: number) => {
    const { mode } = state.view;
    const job = state.cell(a)?.job;
    surface.dataset.mode = mode;
    toggleClass(surface, "vgn-flip", state.onB);
    toggleClass(surface, "vgn-down", state.vertical);
    setVariables(surface, { alone: job ? job.width / job.height : 1 });
    if (mode !== "wipe") edge.element.remove();
    else if (!edge.element.parentElement) surface.append(edge.element);
    for (const [index, cell] of cells.list.entries()) {
      toggleClass(cell.element, "vgn-a", mode !== "grid" && index === a);
      toggleClass(cell.element, "vgn-b", state.comparing && index === b);
      cell.choose(index === state.view.chosen);
      cell.pick(state.isFavourite(index), state.isWinner(index));
      cell.player.video.muted = !(state.sound && index === state.lead);
    }
    drawZoom();
    drawEdge();
  };
  const drawDetails = (grid: GridView, b: number) => {
    const { mode } = state.view;
    const clips = (mode === "grid" ? [] : state.shown).flatMap((index): ShownClip[] => {
      const view = state.cell(index);
      const picks = { favourite: state.isFavourite(index), winner: state.isWinner(index) };
      const active = mode !== "blink" || state.onB === (index === b);
      return view ? [{ index, name: state.name(index), view, ...picks, active }] : [];
    });
    const ownPrompt = mode === "solo" && !sharedPrompt(grid);
    details.update(clips, (ownPrompt && clips[0]?.view.job.prompt) || null);
  };
  const drawBar = (a: number, b: number) => {
    const { view, blinkSeconds, sound, shifts } = state;
    bar.update({
      mode: view.mode,
      chosen: view.chosen,
      a,
      b,
      blinkSeconds,
      sound,
      help: state.help,
      clips: state.playable.map((index) => [index, `${index + 1}  ${state.name(index)}`] as const),
      shift: shifts[view.chosen ?? -1] ?? 0,
      fullScreen: document.fullscreenElement === root,
    });
  };
  const restartBlink = () => {
    clearInterval(blinking);
    if (state.view.mode !== "blink" || state.blinkSeconds === 0 || state.peeking) return;
    blinking = setInterval(() => {
      state.flipped = !state.flipped;
      draw();
    }, state.blinkSeconds * 1000);
  };
  /** Takes the keyboard focus back from what is gone or hidden now. */
  const keepFocus = () => {
    const { activeElement } = document;
    const others = state.view.mode === "grid" ? "" : ", .vgn-cell:not(.vgn-a, .vgn-b)";
    if (root.contains(activeElement) && !activeElement?.closest(`.vgn-help[hidden]${others}`)) return;
    root.focus({ preventScroll: true });
  };
  const draw = () => {
    const { grid, view } = state;
    if (!grid) return;
    const focused = root.contains(document.activeElement);
    const [a, b] = view.mode === "solo" ? [view.chosen ?? 0, -1] : state.pair;
    sync.lead(state.lead ?? null);
    drawSurface(a, b);
    drawDetails(grid, b);
    header.update(grid, state.picks);
    drawBar(a, b);
    if (help.element.hidden === state.help) help.show(state.help);
    restartBlink();
    drawClock();
    if (focused) keepFocus();
  };
  const restartTicking = (grid: GridView) => {
    clearInterval(ticking);
    if (!grid.cells.some(isRunning)) return;
    ticking = setInterval(() => {
      for (const cell of cells.list) cell.tick();
    }, TICK_MS);
  };
  return {
    draw,
    drawClock,
    drawZoom,
    drawEdge,
    drawCells(grid) {
      state.reconcile();
      const layout = layoutOf(grid);
      const key = JSON.stringify([layout, grid.row_name, grid.column_name, cells.list.length]);
      if (key !== layoutKey) {
        const elements = cells.list.map(({ element }) => element);
        table.update(grid, layout, elements);
      }
      layoutKey = key;
      restartTicking(grid);
      draw();
    },
    destroy() {
      clearInterval(ticking);
      clearInterval(blinking);
    },
  };
}
