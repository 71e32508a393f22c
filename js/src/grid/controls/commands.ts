/** What each command of the keyboard and the bar does. */

import type { Sync } from "../../playback/sync";
import type { Picks } from "../../protocol/grid";
import { WHOLE, zoomTo } from "../lenses/zoom";
import { toggleFavourite, toggleWinner } from "../picks";
import type { Look } from "../state";
import { choose, type Mode, neighbour } from "../view_mode";
import type { Command } from "./keys";

export interface CommandsOn {
  pick(picks: Picks): void;
  /** Brings the keyboard to a cell. */
  focus(place: number): void;
  fullScreen(): void;
}

/** Frames a second of a clip that does not tell. */
const USUAL = 24;
const STEP = 1.5;

export function createCommands(look: Look, sync: Sync, on: CommandsOn): Record<Command, (by: number) => void> {
  const toggle = (mode: Mode) => look.enter(look.stand.mode === mode ? "grid" : mode);
  /** The clip that a pick is of. */
  const picked = () => look.ready.find((place) => place === look.stand.chosen);

  return {
    play: () => (sync.state().playing ? sync.pause() : sync.play()),
    scrub: (by) => sync.seek(sync.state().time + by),
    step: (by) => sync.step(by),
    move(by) {
      const { stand, two, ready } = look;
      const [a, b] = look.pair;
      const places = stand.mode === "grid" ? look.places : ready.filter((place) => !two || place !== a);
      const next = neighbour(two ? b : stand.chosen, places, by);
      if (next === null) return;
      look.stand = two ? { ...stand, chosen: next, recent: [a, next] } : choose(stand, next);
      if (stand.mode === "grid") on.focus(next);
    },
    choose(place) {
      if (!look.places.includes(place)) return;
      const again = look.stand.mode === "solo" && look.stand.chosen === place;
      look.stand = choose(look.stand, place);
      look.enter(again || !look.ready.includes(place) ? "grid" : "solo");
    },
    solo: () => toggle("solo"),
    wipe: () => toggle("wipe"),
    turn() {
      look.vertical = !look.vertical;
    },
    blink: () => toggle("blink"),
    swap() {
      if (look.stand.mode === "blink") look.flipped = !look.flipped;
      else if (look.stand.mode === "wipe") look.stand = { ...look.stand, recent: [...look.pair].reverse() };
    },
    favourite() {
      const place = picked();
      if (place !== undefined) on.pick(toggleFavourite(look.picks, look.key(place)));
    },
    winner() {
      const place = picked();
      if (place !== undefined) on.pick(toggleWinner(look.picks, look.key(place)));
    },
    mute() {
      look.sound = !look.sound;
    },
    loop: () => sync.setLoop(!sync.state().loop),
    shift(by) {
      const place = look.stand.chosen;
      if (place === null) return;
      const frames = by ? (look.shifts[place] ?? 0) + by : 0;
      look.shifts[place] = frames;
      sync.shift(String(place), frames / (look.grid?.cells[place]?.timing?.fps || USUAL));
    },
    zoom(by) {
      look.zoom = by ? zoomTo(look.zoom, look.zoom.scale * STEP ** by) : WHOLE;
    },
    full: on.fullScreen,
    grid() {
      if (look.help) look.help = false;
      else look.enter("grid");
    },
    help() {
      look.help = !look.help;
    },
  };
}
