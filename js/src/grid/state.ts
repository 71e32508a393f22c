/** The state of one view of a grid: the data from Python, the picks, and how the clips are viewed. */

import type { CellView, GridView, Picks } from "../protocol/grid";
import { succeeded } from "../protocol/job";
import { nameOf } from "./cells/layout";
import { WHOLE, type Zoom } from "./lenses/zoom";
import { CLIPS_NEEDED, type Mode, pairOf, type ViewMode } from "./view_mode";

/** Cells, and the clips in them, are identified by their index. */
export class GridState {
  grid: GridView | null = null;
  picks: Picks = { winner: null, favourites: [] };
  view: ViewMode = { mode: "grid", chosen: null, recent: [] };
  zoom: Zoom = WHOLE;
  /** The edge of the wipe, 0 to 1, and whether it moves up and down. */
  edge = 0.5;
  vertical = false;
  /** A blink shows B. */
  flipped = false;
  /** B is shown for as long as its key is held. */
  peeking = false;
  sound = false;
  help = false;
  /** Seconds for which a blink shows each clip; 0 changes by hand. */
  blinkSeconds: number;
  /** By index: the frames by which a clip starts later. */
  shifts: number[] = [];

  constructor(blinkSeconds: number) {
    this.blinkSeconds = blinkSeconds;
  }

  get indexes(): number[] {
    return [...(this.grid?.cells.keys() ?? [])];
  }

  /** The cells that have a clip. */
  get playable(): number[] {
    return [...(this.grid?.cells.entries() ?? [])].flatMap(([index, { job }]) => (succeeded(job) ? index : []));
  }

  /** Whether two clips lie on each other. */
  get comparing(): boolean {
    return CLIPS_NEEDED[this.view.mode] > 1;
  }

  /** Whether B is the one of the two that is shown. */
  get onB(): boolean {
    return this.comparing && (this.peeking || this.flipped);
  }

  get pair(): readonly [a: number, b: number] {
    const winner = this.grid?.cells.findIndex(({ key }) => key === this.picks.winner) ?? -1;
    return pairOf(this.view.recent, this.playable, winner < 0 ? null : winner);
  }

  /** The cells that the mode shows. */
  get shown(): readonly number[] {
    if (this.view.mode === "grid") return this.indexes;
    return this.view.mode === "solo" ? [this.view.chosen ?? 0] : this.pair;
  }

  /** The clip that is heard and whose frames are stepped: the chosen one if it is shown, else the first. */
  get lead(): number | undefined {
    const { playable } = this;
    const { chosen } = this.view;
    const candidates = this.shown.filter((index) => playable.includes(index));
    return candidates.find((index) => index === chosen) ?? candidates[0];
  }

  cell(index: number): CellView | undefined {
    return this.grid?.cells[index];
  }

  key(index: number): string {
    return this.cell(index)?.key ?? "";
  }

  name(index: number): string {
    const cell = this.cell(index);
    return this.grid && cell ? nameOf(this.grid, cell) : "";
  }

  isFavourite(index: number): boolean {
    return this.picks.favourites.includes(this.key(index));
  }

  isWinner(index: number): boolean {
    return this.picks.winner !== null && this.picks.winner === this.key(index);
  }

  /** Goes to another mode, unless it needs more clips than there are. */
  enter(mode: Mode): void {
    const { playable, view } = this;
    const needed = CLIPS_NEEDED[mode];
    if (playable.length < needed) return;
    if (mode === "solo" && !playable.includes(view.chosen ?? -1)) this.view = { ...view, chosen: playable[0] ?? 0 };
    if (needed > 1) this.view = { ...view, recent: this.pair };
    this.view = { ...this.view, mode };
    this.flipped = false;
  }

  /** Adapts to another grid, which may have fewer cells and fewer clips. */
  reconcile(): void {
    const { indexes, playable, view } = this;
    const chosen = indexes.find((index) => index === view.chosen) ?? null;
    this.view = { ...view, chosen, recent: view.recent.filter((index) => indexes.includes(index)) };
    const enough = view.mode === "solo" ? playable.includes(chosen ?? -1) : playable.length >= CLIPS_NEEDED[view.mode];
    if (!enough) this.enter("grid");
  }
}
