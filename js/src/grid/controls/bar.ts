/** The transport: one bar for all clips. */
import { el, setText } from "../../dom";
import type { SyncState } from "../../playback/sync";
import type { Mode } from "../view_mode";
import type { Run } from "./keys";
import { attribute, createChoice, createTool } from "./tools";

export interface BarActions {
  run: Run;
  seek(seconds: number): void;
  rate(rate: number): void;
  pair(a: number, b: number): void;
  /** How long a blink shows each clip, in seconds; 0 changes by hand. */
  pace(seconds: number): void;
}

/** What the bar shows that the clock does not tell. */
export interface BarState {
  mode: Mode;
  /** Places and names of the clips that can be looked at. */
  clips: readonly (readonly [place: number, name: string])[];
  chosen: number | null;
  a: number;
  b: number;
  pace: number;
  sound: boolean;
  /** By how many frames the chosen clip starts later. */
  shift: number;
  fullScreen: boolean;
  help: boolean;
}

export interface Bar {
  element: HTMLElement;
  tick(state: SyncState): void;
  update(state: BarState): void;
  zoom(scale: number): void;
}

const RATES = [0.1, 0.25, 0.5, 1, 2] as const;
const PACES: readonly (readonly [number, string])[] = [
  [0, "by hand"],
  [0.25, "0.25 s"],
  [0.5, "0.5 s"],
  [1, "1 s"],
  [2, "2 s"],
];

export function createBar({ run, seek, rate, pair, pace }: BarActions): Bar {
  const play = createTool("play", "Play (space)", () => run("play", 0));
  play.element.classList.add("vgn-play");
  const back = createTool("back", "Frame back (,)", () => run("step", -1));
  const forward = createTool("forward", "Frame forward (.)", () => run("step", 1));
  const scrub = el("input", "vgn-scrub");
  Object.assign(scrub, { type: "range", min: "0", step: "any", value: "0" });
  scrub.setAttribute("aria-label", "Time");
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  const now = el("span", "vgn-clock");
  const frame = el("span", "vgn-clock vgn-frames");

  const speed = createChoice("Speed", rate);
  const loop = createTool("loop", "Loop (L)", () => run("loop", 0));
  const sound = createTool("mute", "Sound (M)", () => run("mute", 0));
  const earlier = createTool("less", "Start the chosen clip a frame earlier ([)", () => run("shift", -1));
  const later = createTool("more", "Start the chosen clip a frame later (])", () => run("shift", 1));
  const shifted = el("button", "vgn-shifted");
  shifted.type = "button";
  shifted.title = "Put the clip back";
  shifted.addEventListener("click", () => run("shift", 0));
  const shift = el("div", "vgn-group", "Offset", earlier.element, shifted, later.element);
  shift.setAttribute("role", "group");

  const modes = {
    grid: createTool("grid", "All clips (Esc)", () => run("grid", 0), "Grid"),
    solo: createTool("solo", "One clip alone (Enter)", () => run("solo", 0), "Solo"),
    wipe: createTool("wipe", "Wipe between two clips (W)", () => run("wipe", 0), "Wipe"),
    blink: createTool("blink", "Blink between two clips (B)", () => run("blink", 0), "Blink"),
  };
  const segments = el("div", "vgn-segments", ...Object.values(modes).map(({ element }) => element));
  segments.setAttribute("role", "group");
  segments.setAttribute("aria-label", "View");
  let state: BarState | null = null;
  // Choosing what the other side already shows swaps the two.
  const a = createChoice("Clip A", (place) => state && pair(place, place === state.b ? state.a : state.b));
  const b = createChoice("Clip B", (place) => state && pair(place === state.a ? state.b : state.a, place));
  const paces = createChoice("How long each is shown", pace);
  const both = el("div", "vgn-group", tag("A", a.element), tag("B", b.element), paces.element);

  const zoomed = el("button", "vgn-shifted");
  zoomed.type = "button";
  zoomed.title = "Show all of the picture (0)";
  zoomed.addEventListener("click", () => run("zoom", 0));
  const full = createTool("full", "Full screen", () => run("full", 0));
  const help = el("button", "vgn-tool", "?");
  help.type = "button";
  help.title = "Keyboard (?)";
  help.setAttribute("aria-label", "Keyboard");
  help.addEventListener("click", () => run("help", 0));

  const element = el(
    "div",
    "vgn-transport",
    el("div", "vgn-controls", back.element, play.element, forward.element, scrub, now, frame),
    el(
      "div",
      "vgn-controls vgn-second",
      segments,
      both,
      el("div", "vgn-group vgn-sounds", speed.element, loop.element, sound.element, shift),
      el("div", "vgn-group vgn-last", zoomed, full.element, help),
    ),
  );
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Transport of all clips");
  speed.update(
    RATES.map((each) => [each, `${each}×`]),
    1,
  );

  return {
    element,
    tick({ time, duration, playing, waiting, rate, loop: loops, frame: index, frames }) {
      play.update({ name: playing ? "pause" : "play", label: playing ? "Pause (space)" : "Play (space)" });
      element.classList.toggle("vgn-waiting", waiting);
      attribute(scrub, "max", String(duration || 1));
      scrub.value = String(time);
      scrub.style.setProperty("--vgn-done", `${duration ? Math.min(time / duration, 1) * 100 : 0}%`);
      attribute(scrub, "aria-valuetext", `${time.toFixed(2)} s, frame ${index}`);
      setText(now, `${time.toFixed(2)} / ${duration.toFixed(2)} s`);
      setText(frame, `frame ${index}${frames ? ` of ${frames}` : ""}`);
      loop.update({ pressed: loops });
      if (Number(speed.element.value) !== rate) speed.element.value = String(rate);
    },
    update(next) {
      state = next;
      const { mode, clips, chosen, pace, sound: heard } = next;
      const two = clips.length > 1;
      for (const [name, tool] of Object.entries(modes)) {
        const enabled = name === "grid" || (name === "solo" ? clips.length > 0 : two);
        tool.update({ pressed: name === mode, enabled });
      }
      for (const tool of [play, back, forward]) tool.update({ enabled: clips.length > 0 });
      scrub.disabled = !clips.length;
      both.hidden = mode !== "wipe" && mode !== "blink";
      a.update(clips, next.a);
      b.update(clips, next.b);
      paces.element.hidden = mode !== "blink";
      paces.update(PACES, pace);
      const which = chosen === null ? "" : ` of clip ${chosen + 1}`;
      sound.update({ name: heard ? "sound" : "mute", label: `Sound${which} (M)`, pressed: heard });
      shift.hidden = chosen === null;
      attribute(shift, "aria-label", `Start${which}`);
      setText(shifted, `${next.shift > 0 ? "+" : next.shift < 0 ? "−" : "±"}${Math.abs(next.shift)} f`);
      full.update({ pressed: next.fullScreen });
      attribute(help, "aria-expanded", String(next.help));
    },
    zoom: (scale) => setText(zoomed, scale > 1 ? `${Math.round(scale * 100)} %` : null),
  };
}

function tag(name: string, control: HTMLElement): HTMLElement {
  const label = el("span", `vgn-letter vgn-letter-${name.toLowerCase()}`, name);
  label.setAttribute("aria-hidden", "true");
  return el("span", "vgn-lettered", label, control);
}
