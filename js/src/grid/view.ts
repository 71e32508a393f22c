/** A grid of clips that play in step, for a live widget and for a saved page alike. */
import { el } from "../dom";
import { createSync, type Sync } from "../playback/sync";
import type { CellView, GridView, Picks } from "../protocol/grid";
import { under } from "./cells/cell";
import { createCells } from "./cells/cells";
import { createInfo } from "./cells/details";
import { createHead, sharedPrompt } from "./cells/header";
import { layoutOf, withCell } from "./cells/layout";
import { createTable } from "./cells/table";
import { createBar } from "./controls/bar";
import { createCommands } from "./controls/commands";
import { createHelp } from "./controls/help";
import { createKeyboard } from "./controls/keyboard";
import type { Command } from "./controls/keys";
import { createHands } from "./controls/pointer";
import { createEdge, edgeByKey } from "./lenses/wipe";
import { PIXELS } from "./lenses/zoom";
import { toggleFavourite, toggleWinner } from "./picks";
import { Look } from "./state";
import { choose } from "./view_mode";

/** What a grid with a kernel can ask of it. */
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
  /** Its user changed the picks. */
  picked(picks: Picks): void;
  /** The player that is already in the page for the cell of that place. */
  adopt?(place: number): HTMLVideoElement | null;
  sync?: Sync;
}

export interface Grid {
  element: HTMLElement;
  update(grid: GridView): void;
  updateCell(place: number, cell: CellView): void;
  setPicks(picks: Picks): void;
  /** The clip of a key can be had there. */
  clip(key: string, url: string): void;
  noClip(key: string, why: string): void;
  destroy(): void;
}

const TICK_MS = 500;
const USED_MS = 5000;
/** Seconds that a blink shows each clip, where motion is welcome. */
const PACE = 0.5;

export function createGrid({ live, picked, adopt, sync = createSync() }: GridOptions): Grid {
  const look = new Look(matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : PACE);
  let usedAt = Number.NEGATIVE_INFINITY;
  let laid = "";
  let ticking: ReturnType<typeof setInterval> | undefined;
  let blinking: ReturnType<typeof setInterval> | undefined;

  const use = () => {
    if (!live || performance.now() - usedAt < USED_MS) return;
    usedAt = performance.now();
    live.used();
  };
  const pick = (picks: Picks) => {
    look.picks = picks;
    use();
    picked(picks);
    draw();
  };
  const favourite = (place: number) => pick(toggleFavourite(look.picks, look.key(place)));
  const winner = (place: number) => pick(toggleWinner(look.picks, look.key(place)));
  const run = (command: Command, by: number) => {
    use();
    commands[command](by);
    draw();
  };

  const cells = createCells(sync, {
    actions: (place) => ({
      cancel: () => live?.cancel(look.key(place)),
      retry: () => live?.retry(look.key(place)),
      favourite: () => favourite(place),
      winner: () => winner(place),
    }),
    adopt: (place) => adopt?.(place) ?? null,
    want: (key) => live?.want(key),
    sight: () => drawClock(),
  });
  const commands = createCommands(look, sync, {
    pick,
    focus: (place) => cells.list[place]?.element.focus(),
    fullScreen() {
      if (document.fullscreenElement === root) void document.exitFullscreen();
      else root.requestFullscreen?.().catch(() => {});
    },
  });
  const head = createHead(live);
  const bar = createBar({
    run,
    seek(time) {
      use();
      sync.seek(time);
    },
    rate: (rate) => sync.setRate(rate),
    pair(a, b) {
      look.stand = { ...look.stand, recent: [a, b] };
      draw();
    },
    pace(seconds) {
      look.pace = seconds;
      draw();
    },
  });
  const table = createTable();
  const surface = table.element;
  const edge = createEdge();
  const info = createInfo(favourite, winner);
  const help = createHelp(() => run("help", 0));
  const root = el("div", "vgn-grid", head.element, bar.element, el("div", "vgn-scroll", surface), info.element);
  root.append(help.element);
  root.tabIndex = 0;
  root.setAttribute("role", "group");

  const drawClock = () => {
    const state = sync.state();
    bar.tick(state);
    if (state.playing) use();
    const exact = !state.playing && state.time > 0;
    for (const place of look.shown) {
      if (cells.seen.has(place)) cells.list[place]?.mark(sync.clip(String(place)), exact, look.shifts[place] ?? 0);
    }
  };
  // Pointers move these two, so they touch nothing else.
  const drawZoom = () => {
    const { zoom } = look;
    surface.classList.toggle("vgn-zoomed", zoom.scale > 1);
    surface.classList.toggle("vgn-pixels", zoom.scale > PIXELS);
    for (const [name, value] of Object.entries(zoom)) surface.style.setProperty(`--vgn-${name}`, value.toFixed(4));
    bar.zoom(zoom.scale);
  };
  const drawEdge = () => {
    const [a, b] = look.pair;
    surface.style.setProperty("--vgn-edge", look.edge.toFixed(4));
    edge.update(look.edge, look.vertical, [look.name(a), look.name(b)]);
  };
  const drawSurface = (a: number, b: number, onB: boolean) => {
    const { mode } = look.stand;
    surface.dataset.mode = mode;
    surface.classList.toggle("vgn-flip", onB);
    surface.classList.toggle("vgn-down", look.vertical);
    const job = look.grid?.cells[a]?.job;
    surface.style.setProperty("--vgn-alone", String(job ? job.width / job.height : 1));
    if (mode !== "wipe") edge.element.remove();
    else if (!edge.element.parentElement) surface.append(edge.element);
    for (const [place, cell] of cells.list.entries()) {
      cell.element.classList.toggle("vgn-a", mode !== "grid" && place === a);
      cell.element.classList.toggle("vgn-b", look.two && place === b);
      cell.choose(place === look.stand.chosen);
      cell.pick(look.liked(place), look.won(place));
      cell.video.muted = !(look.sound && place === look.lead);
    }
    drawZoom();
    drawEdge();
  };
  const drawInfo = (b: number, onB: boolean) => {
    const { grid, stand } = look;
    const shown = (stand.mode === "grid" ? [] : look.shown).flatMap((place) => {
      const view = grid?.cells[place];
      const active = stand.mode !== "blink" || onB === (place === b);
      return view
        ? { place, name: look.name(place), view, favourite: look.liked(place), winner: look.won(place), active }
        : [];
    });
    const alone = stand.mode === "solo" && grid && !sharedPrompt(grid);
    info.update(shown, alone ? (shown[0]?.view.job.prompt ?? null) : null);
  };
  const drawBlink = () => {
    clearInterval(blinking);
    if (look.stand.mode !== "blink" || look.pace === 0 || look.peeking) return;
    blinking = setInterval(() => {
      look.flipped = !look.flipped;
      draw();
    }, look.pace * 1000);
  };
  /** Everything but what is in the cells, which only Python changes. */
  const draw = () => {
    const { grid, stand } = look;
    if (!grid) return;
    const held = root.contains(document.activeElement);
    const [a, b] = stand.mode === "solo" ? [stand.chosen ?? 0, -1] : look.pair;
    const onB = look.two && (look.peeking || look.flipped);
    sync.lead(look.lead === undefined ? null : String(look.lead));
    drawSurface(a, b, onB);
    drawInfo(b, onB);
    head.update(grid, look.picks);
    bar.update({
      ...{ mode: stand.mode, chosen: stand.chosen, a, b, pace: look.pace, sound: look.sound, help: look.help },
      clips: look.ready.map((place) => [place, `${place + 1}  ${look.name(place)}`] as const),
      shift: look.shifts[stand.chosen ?? -1] ?? 0,
      fullScreen: document.fullscreenElement === root,
    });
    if (help.element.hidden === look.help) help.show(look.help);
    drawBlink();
    drawClock();
    // What is gone or hidden now must not take the keyboard with it.
    const gone = stand.mode === "grid" ? ".vgn-help[hidden]" : ".vgn-help[hidden], .vgn-cell:not(.vgn-a, .vgn-b)";
    const { activeElement } = document;
    if (held && (!root.contains(activeElement) || activeElement?.closest(gone))) root.focus({ preventScroll: true });
  };
  /** After cells changed: their places, and what counts them. */
  const drawAll = (grid: GridView) => {
    look.settle();
    const layout = layoutOf(grid);
    const next = JSON.stringify([layout, grid.row_name, grid.column_name, cells.list.length]);
    if (next !== laid) {
      const elements = cells.list.map(({ element }) => element);
      table.update(grid, layout, elements);
    }
    laid = next;
    clearInterval(ticking);
    if (grid.cells.some(under)) {
      ticking = setInterval(() => {
        for (const cell of cells.list) cell.tick();
      }, TICK_MS);
    }
    draw();
  };

  const placeOf = (target: Element) => cells.list.findIndex(({ element }) => element.contains(target));
  const stops = [
    sync.subscribe(drawClock),
    createKeyboard(root, {
      run,
      peek(on) {
        look.peeking = on && look.two;
        draw();
        return look.two;
      },
      edge(event) {
        const next = edgeByKey(look.edge, event, look.vertical);
        if (next === null) return false;
        look.edge = next;
        drawEdge();
        return true;
      },
    }),
    createHands(surface, {
      zoom: () => look.zoom,
      setZoom(zoom) {
        look.zoom = zoom;
        drawZoom();
      },
      wipe() {
        if (look.stand.mode !== "wipe") return null;
        return { box: edge.element.getBoundingClientRect(), vertical: look.vertical };
      },
      setEdge(next) {
        look.edge = next;
        drawEdge();
      },
      click(target) {
        const place = placeOf(target);
        if (place < 0 || look.stand.mode !== "grid" || target.closest("button")) return;
        look.stand = choose(look.stand, place);
        use();
        draw();
      },
      open(target) {
        const place = placeOf(target);
        if (place >= 0 && target.closest(".vgn-player") && !look.two) run("choose", place);
      },
    }),
  ];
  // A click on a button leaves the keyboard with the grid: the space bar is to play, not to press that button again.
  root.addEventListener("mousedown", (event) => {
    const target = event.target as Element;
    if (target.closest("select, input, .vgn-handle, .vgn-sheet, .vgn-ask")) return;
    if (target.closest("button, .vgn-player")) event.preventDefault();
    root.focus({ preventScroll: true });
  });
  root.addEventListener("fullscreenchange", draw);

  return {
    element: root,
    update(grid) {
      look.grid = grid;
      look.picks = { winner: grid.winner, favourites: grid.favourites };
      root.setAttribute("aria-label", grid.title || "Clips in step");
      cells.update(grid);
      drawAll(grid);
    },
    updateCell(place, cell) {
      const before = look.grid?.cells[place];
      if (!look.grid || !before) return;
      const grid = withCell(look.grid, place, cell);
      look.grid = grid;
      cells.updateOne(grid, place);
      // Most news are of progress, which only its cell tells.
      const [was, is] = [before.job, cell.job];
      if (is.status !== was.status || is.width !== was.width || is.height !== was.height) drawAll(grid);
    },
    setPicks(picks) {
      look.picks = picks;
      draw();
    },
    clip: (key, url) => cells.clip(key, url, null),
    noClip: (key, why) => cells.clip(key, null, why),
    destroy() {
      clearInterval(ticking);
      clearInterval(blinking);
      for (const stop of stops) stop();
      head.destroy();
      cells.destroy();
      sync.destroy();
      root.remove();
    },
  };
}
