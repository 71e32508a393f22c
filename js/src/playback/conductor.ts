/** Plays and stops the clips of a group together, and keeps them together while they play. */
import { listen } from "../dom";
import { clamp } from "../numbers";
import type { ClipGroup } from "./clip_group";
import { Clock } from "./clock";
import type { ClipEvents } from "./synced_clip";

/**
 * Added to the pace of clips without sound. At a plain pace a browser fits the frames of each clip into a rhythm of the
 * display's refresh, which shows them up to half a frame early or late for as long as the clip plays, each clip by
 * another amount. Where that rhythm would be half a frame off within eight seconds, the browser follows the clock.
 */
const EXTRA_PACE = 0.006;
/** Milliseconds of gathering that are too short to be reported as waiting. */
const BRIEF_MS = 200;
/** Milliseconds between seeks that make them a scrub, and of rest after a scrub before playing goes on. */
const [SCRUB_MS, REST_MS] = [300, 150];

/** `gathering`: the clips are brought to a common time and wait there until all have data, to start together. */
type Stage = "stopped" | "gathering" | "running";

export interface Conductor {
  readonly clipEvents: ClipEvents;
  /** `waiting`: the clips have gathered for long enough to say so. */
  state(): { playing: boolean; waiting: boolean; rate: number; loop: boolean };
  running(): boolean;
  /** Seconds on the common clock, within the duration. */
  time(): number;
  play(): void;
  pause(): void;
  seek(time: number): void;
  step(by: number): void;
  setRate(rate: number): void;
  setLoop(loop: boolean): void;
  /** Something changed: looks at the clips, and draws, in the next animation frame. */
  wake(): void;
  destroy(): void;
}

/** `drawn` is called at most once an animation frame, while something may have changed. */
export function createConductor(group: ClipGroup, drawn: () => void): Conductor {
  let stage: Stage = "stopped";
  let loop = true;
  let rate = 1;
  /** Seconds of common time in a second. */
  let pace = rate + EXTRA_PACE;
  let gatheringSince = 0;
  let soughtAt = -SCRUB_MS;
  let startAfter = 0;
  let request = 0;
  const clock = new Clock(pace);

  const wake = () => {
    request ||= requestAnimationFrame(tick);
  };
  const within = (time: number) => clamp(time, 0, group.duration);
  const clockTime = () => clock.at(performance.now());
  const time = () => within(clockTime());

  /** Stops the clips and the clock at `at`, for good or to gather. */
  const stop = (next: "stopped" | "gathering", at: number) => {
    if (next !== stage) gatheringSince = performance.now();
    stage = next;
    clock.stop(at);
    for (const clip of group.all) clip.pause();
    wake();
  };
  /** Starts all clips once they are ready; true if there is more to do. */
  const gather = (now: number) => {
    const at = clock.at(now);
    const waited = group.all.filter((clip) => !clip.prepare(at, now));
    if (waited.length || now < startAfter) return true;
    const ready = group.all.filter((clip) => clip.usable && !clip.late);
    if (!ready.length) return false;
    stage = "running";
    clock.start(now);
    for (const clip of ready) if (clip.timing.phase(at) === "on") clip.play();
    return true;
  };
  /** Moves the clock by what the clips are off together, such as a late start, and each clip by the rest. */
  const align = () => {
    const by = group.reference?.pacing.ahead ?? 0;
    clock.move(by);
    for (const { pacing } of group.all) {
      if (!pacing.measured) continue;
      pacing.ahead -= by;
      pacing.correct();
    }
  };
  const end = (now: number) => {
    stop(loop ? "gathering" : "stopped", loop ? 0 : group.duration);
    return loop && gather(now);
  };
  /** Keeps the running clips together; true if there is more to do. */
  const run = (now: number) => {
    const at = clock.at(now);
    if (at >= group.duration) return end(now);
    const usable = group.all.filter((clip) => clip.usable);
    const starving = usable.filter((clip) => clip.drive(at, now));
    if (starving.length || !usable.length) stop("gathering", at);
    else align();
    return true;
  };
  const applyPace = () => {
    const audible = group.all.some((clip) => clip.expected && clip.audible);
    const next = audible ? rate : rate + EXTRA_PACE;
    if (next === pace) return;
    pace = next;
    clock.setPace(pace, performance.now());
    for (const { pacing } of group.all) pacing.apply();
  };
  const tick = () => {
    request = 0;
    applyPace();
    const now = performance.now();
    if (stage === "stopped") for (const clip of group.all) clip.settle(clock.at(now));
    else if (!document.hidden && (stage === "running" ? run(now) : gather(now))) wake();
    drawn();
  };
  const pause = () => {
    if (stage === "stopped") return;
    const at = time();
    const lead = group.leads[0];
    const frame = stage === "running" && lead?.timing.phase(at) === "on" ? lead.shownFrame : null;
    stop("stopped", lead && frame !== null ? within(lead.timing.middle(frame)) : at);
  };

  const visibilitychange = () => stage !== "stopped" && stop("gathering", time());
  const unlisten = listen(document, { visibilitychange });
  return {
    clipEvents: {
      changed: wake,
      paused: () => stage === "running" && pause(),
      refused: () => stop("stopped", time()),
      pace: () => pace,
    },
    state() {
      const waiting = stage === "gathering" && performance.now() - gatheringSince > BRIEF_MS;
      return { playing: stage !== "stopped", waiting, rate, loop };
    },
    running: () => stage === "running",
    time,
    play() {
      if (stage !== "stopped") return;
      const at = clockTime();
      stop("gathering", at >= group.duration ? 0 : at);
    },
    pause,
    seek(to) {
      const now = performance.now();
      startAfter = now - soughtAt < SCRUB_MS ? now + REST_MS : 0;
      soughtAt = now;
      stop(stage === "stopped" ? stage : "gathering", within(to));
    },
    step(by) {
      pause();
      // At the very end the last frames still count as shown.
      const at = Math.min(clockTime(), group.duration - 0.001);
      stop("stopped", within(group.stepTime(at, by)));
    },
    setRate(next) {
      rate = next;
      applyPace();
      wake();
    },
    setLoop(next) {
      loop = next;
      wake();
    },
    wake,
    destroy() {
      cancelAnimationFrame(request);
      unlisten();
    },
  };
}
