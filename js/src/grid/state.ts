/** All that a view of a grid knows: what Python said, what its user picked, and how the clips are looked at. */
import type { GridView, Picks } from "../protocol/grid";
import { nameOf } from "./cells/layout";
import { WHOLE, type Zoom } from "./lenses/zoom";
import { type Mode, pairOf, type Stand } from "./view_mode";

export class Look {
  grid: GridView | null = null;
  picks: Picks = { winner: null, favourites: [] };
  stand: Stand = { mode: "grid", chosen: null, recent: [] };
  zoom: Zoom = WHOLE;
  /** The wipe's edge, 0 to 1, and whether it moves up and down. */
  edge = 0.5;
  vertical = false;
  /** A blink shows B. */
  flipped = false;
  /** B is looked at for as long as its key is held. */
  peeking = false;
  sound = false;
  help = false;
  /** Seconds that a blink shows each clip; 0 changes by hand. */
  pace: number;
  /** By place: the frames by which a clip starts later. */
  shifts: number[] = [];

  constructor(pace: number) {
    this.pace = pace;
  }

  get places(): number[] {
    return [...(this.grid?.cells.keys() ?? [])];
  }

  /** The places that have a clip. */
  get ready(): number[] {
    return this.places.filter((place) => this.grid?.cells[place]?.job.status === "succeeded");
  }

  /** Whether two clips lie on each other. */
  get two(): boolean {
    return this.stand.mode === "wipe" || this.stand.mode === "blink";
  }

  get pair(): readonly [a: number, b: number] {
    const best = this.grid?.cells.findIndex(({ key }) => key === this.picks.winner) ?? -1;
    return pairOf(this.stand.recent, this.ready, best < 0 ? null : best);
  }

  /** The places that the mode shows. */
  get shown(): readonly number[] {
    if (this.stand.mode === "grid") return this.places;
    return this.stand.mode === "solo" ? [this.stand.chosen ?? 0] : this.pair;
  }

  /** The clip whose sound is heard and whose frames are stepped: the chosen one, where it is seen. */
  get lead(): number | undefined {
    const { chosen } = this.stand;
    const seen = this.shown.filter((place) => this.ready.includes(place));
    return chosen !== null && seen.includes(chosen) ? chosen : seen[0];
  }

  key(place: number): string {
    return this.grid?.cells[place]?.key ?? "";
  }

  name(place: number): string {
    const cell = this.grid?.cells[place];
    return this.grid && cell ? nameOf(this.grid, cell) : "";
  }

  liked(place: number): boolean {
    return this.picks.favourites.includes(this.key(place));
  }

  won(place: number): boolean {
    return this.picks.winner !== null && this.picks.winner === this.key(place);
  }

  /** Goes to another mode; one that needs more clips than there are is not entered. */
  enter(mode: Mode): void {
    const { ready, stand } = this;
    if (mode !== "grid" && ready.length < (mode === "solo" ? 1 : 2)) return;
    if (mode === "solo" && !ready.includes(stand.chosen ?? -1)) this.stand = { ...stand, chosen: ready[0] ?? 0 };
    if (mode === "wipe" || mode === "blink") this.stand = { ...stand, recent: this.pair };
    this.stand = { ...this.stand, mode };
    this.flipped = false;
  }

  /** Another grid may have fewer cells, and clips that were looked at may be gone. */
  settle(): void {
    const { places, ready, stand } = this;
    const chosen = places.includes(stand.chosen ?? -1) ? stand.chosen : null;
    const recent = stand.recent.filter((place) => places.includes(place));
    this.stand = { ...stand, chosen, recent };
    const enough = stand.mode === "solo" ? ready.includes(chosen ?? -1) : !this.two || ready.length > 1;
    if (!enough) this.enter("grid");
  }
}
