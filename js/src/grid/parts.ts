/** The parts that a grid is built from, and the element that holds them. */
import { div, setAttributes } from "../dom";
import type { Sync } from "../playback/sync";
import { type Cells, createCells } from "./cells/cells";
import { createDetails, type Details } from "./cells/details";
import { createHeader, type Header } from "./cells/header";
import { createTable, type Table } from "./cells/table";
import { type Bar, createBar } from "./controls/bar";
import type { Run } from "./controls/commands";
import { createHelp, type Help } from "./controls/help";
import { createEdge, type Edge } from "./lenses/wipe";
import type { PickCell } from "./picks";
import type { GridState } from "./state";
import type { GridOptions } from "./view";

export interface Parts {
  root: HTMLElement;
  header: Header;
  bar: Bar;
  table: Table;
  cells: Cells;
  edge: Edge;
  details: Details;
  help: Help;
}

/** What the parts do. */
export interface PartsActions {
  run: Run;
  pick: PickCell;
  /** The user is using the grid. */
  used(): void;
  draw(): void;
  drawClock(): void;
}

export function createParts(options: GridOptions, state: GridState, sync: Sync, actions: PartsActions): Parts {
  const { live, clips, adopt } = options;
  const cells = createCells(sync, {
    actions: (index) => ({
      cancel: () => live?.cancel(state.key(index)),
      retry: () => live?.retry(state.key(index)),
      pick: (change) => actions.pick(index, change),
    }),
    adopt: (index) => adopt?.(index) ?? null,
    clip: clips.get,
    want: (key) => live?.want(key),
    seenChanged: actions.drawClock,
  });
  const bar = createBar({
    run: actions.run,
    seek(time) {
      actions.used();
      sync.seek(time);
    },
    rate: sync.setRate,
    pair(a, b) {
      state.view = { ...state.view, recent: [a, b] };
      actions.draw();
    },
    blinkSeconds(seconds) {
      state.blinkSeconds = seconds;
      actions.draw();
    },
  });
  const header = createHeader(live);
  const table = createTable();
  const details = createDetails(actions.pick);
  const help = createHelp(() => actions.run("help", 0));
  const scroll = div("vgn-scroll", table);
  const root = div("vgn-grid", header, bar, scroll, details, help);
  setAttributes(root, { role: "group", tabindex: 0 });
  return { root, header, bar, table, cells, edge: createEdge(), details, help };
}
