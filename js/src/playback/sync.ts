/** Plays videos in step, on one common clock that all of them are held to. */

import type { Timing } from "../protocol/grid";
import { Clip, type Phase } from "./synced_clip";

export interface SyncState {
  /** Seconds on the common clock. */
  time: number;
  /** Where the last of the shown clips ends, its shift included. */
  duration: number;
  playing: boolean;
  /** Playing, but some clip has no data yet, and the others wait for it. */
  waiting: boolean;
  rate: number;
  loop: boolean;
  /** Of the lead clip at `time`. */
  frame: number;
  frames: number;
}

export interface ClipState {
  /** Index of the frame shown at the common time. */
  frame: number;
  frames: number;
  /** "before": its shift has not let it start; "ended": it holds its last frame. */
  phase: Phase;
}

export interface Sync {
  /** A clip joins at the common time, also while the others play. */
  add(key: string, video: HTMLVideoElement, timing: Timing | null): void;
  remove(key: string): void;
  /** Which are on screen: only those play and are waited for; the others are paused, and join again when they come back. */
  show(keys: ReadonlySet<string>): void;
  /** Lets a clip start so many seconds later (negative: earlier) than the common clock. */
  shift(key: string, seconds: number): void;
  /** Whose frames `step` counts; null: the one with most frames a second. */
  lead(key: string | null): void;
  play(): void;
  pause(): void;
  /** Seconds on the common clock; calls in quick succession (scrubbing) are coalesced so that frames keep being drawn. */
  seek(time: number): void;
  /** Pauses and goes to the next or previous frame of the lead clip, exactly. */
  step(by: number): void;
  setRate(rate: number): void;
  setLoop(loop: boolean): void;
  state(): SyncState;
  clip(key: string): ClipState | null;
  /** Called at most once an animation frame, when something that state() or clip() tells may have changed. */
  subscribe(listener: () => void): () => void;
  destroy(): void;
}

/**
 * What is added to the pace of clips that nobody hears. At a plain pace a browser fits the frames of each clip into a
 * rhythm of the display's, which puts them up to half a frame early or late for as long as the clip plays, each by
 * another amount, whatever its clock says. Where the rhythm would be half a frame out within eight seconds, it goes by
 * the clock.
 */
const LIFT = 0.006;
/** Milliseconds of gathering that nobody needs to hear of. */
const BRIEF = 200;
/** Milliseconds between seeks that make them a scrub, and of rest after it before playing goes on. */
const [SCRUB, REST] = [300, 150];

export function createSync(): Sync {
  const clips = new Map<string, Clip>();
  const listeners = new Set<() => void>();
  let onScreen: ReadonlySet<string> | null = null;
  let chosen: string | null = null;
  let [playing, running, loop, rate] = [false, false, true, 1];
  // Seconds of common time in a second.
  let pace = rate + LIFT;
  // The common time was `base` at `since` and has run from there, or stands there.
  let [base, since] = [0, 0];
  let [gatheredSince, soughtAt, startAfter, request] = [0, Number.NEGATIVE_INFINITY, 0, 0];

  const timeAt = (now: number) => (running ? base + ((now - since) / 1000) * rate : base);
  const duration = () => {
    let [shown, all] = [0, 0];
    for (const clip of clips.values()) {
      const end = clip.end + clip.shift;
      if (clip.expected) shown = Math.max(shown, end);
      all = Math.max(all, end);
    }
    return shown || all;
  };
  const within = (at: number) => Math.min(Math.max(at, 0), duration());
  const time = () => within(timeAt(performance.now()));
  const wake = () => {
    request ||= requestAnimationFrame(tick);
  };

  const repace = () => {
    const heard = [...clips.values()].some((clip) => clip.expected && clip.audible);
    const next = heard ? rate : rate + LIFT;
    if (next === pace) return;
    const now = performance.now();
    [base, since, pace] = [timeAt(now), now, next];
    for (const clip of clips.values()) clip.pace();
  };

  /** All stop, and the clock with them. */
  const freeze = (at: number) => {
    [base, running] = [at, false];
    for (const clip of clips.values()) clip.pause();
    wake();
  };
  /** All go to a time, wait there until everybody has data, and start together. */
  const gather = (at: number) => {
    if (running || !gatheredSince) gatheredSince = performance.now();
    freeze(at);
  };
  const halt = (at: number) => {
    playing = false;
    gatheredSince = 0;
    freeze(at);
  };

  const tick = () => {
    request = 0;
    repace();
    const now = performance.now();
    if (!playing) for (const clip of clips.values()) clip.settle(base);
    else if (!document.hidden && (running ? run(now) : assemble(now))) wake();
    for (const listener of listeners) listener();
  };

  const assemble = (now: number) => {
    let [ready, someone] = [now >= startAfter, false];
    for (const clip of clips.values()) {
      ready = clip.ready(base, now) && ready;
      someone ||= clip.usable && !clip.late;
    }
    if (!ready) return true;
    if (!someone) return false;
    [running, since, gatheredSince] = [true, now, 0];
    for (const clip of clips.values()) if (clip.usable && !clip.late && clip.phase(base) === "on") clip.play();
    return true;
  };

  const run = (now: number) => {
    const at = timeAt(now);
    const end = duration();
    if (at >= end) {
      if (!loop) halt(end);
      else gather(0);
      return loop && assemble(now);
    }
    let [starving, someone] = [false, false];
    for (const clip of clips.values()) {
      if (!clip.usable) continue;
      someone = true;
      starving = clip.drive(at, now) || starving;
    }
    if (starving || !someone) gather(at);
    else align();
    return true;
  };

  /**
   * Brings clips and clock together. What the clips have in common, such as a late start or a busy machine, moves the
   * clock: to the clip that is heard, since a change of its pace could be heard too, else to the one in the middle.
   */
  const align = () => {
    const measured = [...clips.values()].filter((clip) => clip.measured);
    measured.sort((one, other) => one.ahead - other.ahead);
    const centre = measured.find((clip) => clip.audible) ?? measured[measured.length >> 1];
    const by = centre?.ahead ?? 0;
    base += by;
    for (const clip of measured) {
      clip.move(by);
      clip.correct();
    }
  };

  /** The clips whose frames may be counted, the lead first. */
  const leads = () => {
    const all = [...clips.entries()].filter(([, clip]) => clip.end > 0);
    const rank = ([key, clip]: [string, Clip]) => (key === chosen ? 2e6 : 0) + (clip.shown ? 1e6 : 0) + clip.timing.fps;
    return all.sort((one, other) => rank(other) - rank(one)).map(([, clip]) => clip);
  };

  const pause = () => {
    if (!playing) return;
    const at = time();
    const lead = leads()[0];
    const seen = running && lead?.phase(at) === "on" ? lead.seen : null;
    halt(lead && seen !== null ? within(lead.middle(seen)) : at);
  };

  const group = { wake, pace: () => pace, stopped: () => running && pause(), refused: () => halt(time()) };
  const onVisibility = () => playing && gather(time());
  document.addEventListener("visibilitychange", onVisibility);

  const sync: Sync = {
    add(key, video, timing) {
      sync.remove(key);
      const clip = new Clip(video, timing && timing.fps > 0 && timing.duration > 0 ? timing : null, group);
      clip.shown = onScreen?.has(key) ?? true;
      clip.late = running;
      clips.set(key, clip);
      wake();
    },
    remove(key) {
      clips.get(key)?.destroy();
      clips.delete(key);
      wake();
    },
    show(keys) {
      onScreen = new Set(keys);
      for (const [key, clip] of clips) {
        const shown = keys.has(key);
        if (!shown) clip.pause();
        else if (!clip.shown) clip.late = running;
        clip.shown = shown;
      }
      wake();
    },
    shift(key, seconds) {
      const clip = clips.get(key);
      if (clip) clip.shift = seconds;
      wake();
    },
    lead(key) {
      chosen = key;
      wake();
    },
    play() {
      if (playing) return;
      playing = true;
      gather(base >= duration() ? 0 : base);
    },
    pause,
    seek(to) {
      const now = performance.now();
      startAfter = now - soughtAt < SCRUB ? now + REST : 0;
      soughtAt = now;
      if (playing) gather(within(to));
      else freeze(within(to));
    },
    step(by) {
      pause();
      // At the very end the last frames still count as shown.
      const at = Math.min(base, duration() - 0.001);
      const able = leads().filter((clip) => {
        const next = clip.frame(at) + by;
        return next >= 0 && next < clip.frames;
      });
      // Where the lead has no further frame, those of a clip that has are counted.
      const clip =
        able.find((one) => one.phase(at) === "on") ?? able.find((one) => by > 0 && one.phase(at) === "before");
      if (clip) freeze(within(clip.middle(clip.frame(at) + by)));
      else freeze(by < 0 ? 0 : duration());
    },
    setRate(next) {
      rate = next;
      repace();
      wake();
    },
    setLoop(next) {
      loop = next;
      wake();
    },
    state() {
      const lead = leads()[0];
      const waiting = playing && !running && performance.now() - gatheredSince > BRIEF;
      const at = time();
      return {
        time: at,
        duration: duration(),
        playing,
        waiting,
        rate,
        loop,
        frame: lead?.frame(at) ?? 0,
        frames: lead?.frames ?? 0,
      };
    },
    clip(key) {
      const clip = clips.get(key);
      const at = time();
      return clip ? { frame: clip.frame(at), frames: clip.frames, phase: clip.phase(at) } : null;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    destroy() {
      cancelAnimationFrame(request);
      document.removeEventListener("visibilitychange", onVisibility);
      listeners.clear();
      for (const clip of clips.values()) clip.destroy();
      clips.clear();
    },
  };
  return sync;
}
