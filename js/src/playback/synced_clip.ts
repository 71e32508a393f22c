/** One video of those that play in step: what is known of it, and what brings it to where it has to be. */

import type { Timing } from "../protocol/grid";
import { assumed, frameAt, lastFrame, timeOf } from "./frames";
import { Pace } from "./pace";

/** Seconds off from which a seek is quicker than a nudge. */
const FAR = 0.35;
/** Seconds behind at which a stopped clip may still start, since a nudge will soon have brought it up. */
const NEAR = 0.1;
/** Milliseconds without data, in the middle of playing, that count as starving. */
const STARVING = 120;
/** Milliseconds of rest for which the browser leaves a clip its decoder. */
const AWAKE = 10_000;
/** Milliseconds that the others wait for a clip. */
const PATIENCE = 4000;
/** Seconds that a seek is thought to take: at first, and at most. */
const [SOON, LATE] = [0.15, 1.2];
/** Seconds that a clip gets to reach its last frame by itself. */
const TAIL = 0.25;

export type Phase = "before" | "on" | "ended";

/** What a clip tells those that it plays with, and asks of them. */
export interface Group {
  /** Something happened that may matter to the others. */
  wake(): void;
  /** Somebody other than us stopped the clip. */
  stopped(): void;
  /** The browser does not let it play. */
  refused(): void;
  /** Seconds of common time in a second. */
  pace(): number;
}

export class Clip {
  shown = true;
  /** Nobody waits for it; it joins when it is ready. */
  late = false;

  private readonly pacing = new Pace();
  private delay = 0;
  private wanted = false;
  private startedAt = 0;
  /** Where the last seek went; null when it has played since. */
  private asked: number | null = null;
  private tries = 0;
  /** When it played or sought last. */
  private activeAt = Number.NEGATIVE_INFINITY;
  /** The frame time that the browser told last, since the last seek. */
  private presented: number | null = null;
  private starvedSince: number | null = null;
  private awaitedSince: number | null = null;
  private lead = SOON;
  private callback = 0;
  private guess = assumed(0);
  private readonly listening = new AbortController();
  private readonly precise: boolean;

  constructor(
    readonly video: HTMLVideoElement,
    private readonly known: Timing | null,
    private readonly group: Group,
  ) {
    this.precise = typeof video.requestVideoFrameCallback === "function";
    // A loop of its own would part it from the others.
    video.loop = false;
    const { signal } = this.listening;
    const telling = ["loadstart", "loadedmetadata", "durationchange", "seeked", "canplay", "play", "ended", "error"];
    for (const type of telling) video.addEventListener(type, () => group.wake(), { signal });
    video.addEventListener("emptied", () => this.emptied(), { signal });
    video.addEventListener("pause", () => this.wanted && video.paused && !video.ended && group.stopped(), { signal });
    this.listen();
  }

  get timing(): Timing {
    if (this.known) return this.known;
    const { duration } = this.video;
    const length = Number.isFinite(duration) ? duration : 0;
    if (length !== this.guess.duration) this.guess = assumed(length);
    return this.guess;
  }

  get shift(): number {
    return this.delay;
  }

  set shift(seconds: number) {
    this.move(this.delay - seconds);
    this.delay = seconds;
  }

  /** It is on screen and has, or will have, something to show. */
  get expected(): boolean {
    const { error, networkState } = this.video;
    return this.shown && !error && (networkState === 1 || networkState === 2);
  }

  get usable(): boolean {
    return this.expected && this.video.readyState >= 1 && this.end > 0;
  }

  /** It plays, and how far it is ahead has been measured. */
  get measured(): boolean {
    return this.wanted && this.pacing.measured;
  }

  /** Seconds that it is ahead of the common time, smoothed. */
  get ahead(): number {
    return this.pacing.ahead;
  }

  get audible(): boolean {
    return !this.video.muted && this.video.volume > 0;
  }

  /** The clip's own time at its end; 0 while nobody knows. */
  get end(): number {
    const { duration } = this.video;
    return duration > 0 ? Math.min(duration, this.timing.duration) : this.timing.duration;
  }

  phase(time: number): Phase {
    const own = time - this.delay;
    return own < 0 ? "before" : own >= this.end ? "ended" : "on";
  }

  get frames(): number {
    return lastFrame(this.timing) + 1;
  }

  frame(time: number): number {
    return frameAt(this.timing, time - this.delay);
  }

  /** The common time in the middle of a frame's interval. */
  middle(frame: number): number {
    return timeOf(this.timing, frame) + this.delay;
  }

  /** The frame that the browser says it shows; null when it does not say, or the frames' times are not known. */
  get seen(): number | null {
    return this.presented === null || !this.known ? null : frameAt(this.known, this.presented);
  }

  play(): void {
    this.wanted = true;
    this.asked = null;
    this.startedAt = this.video.currentTime;
    this.pacing.restart();
    this.pace();
    // Without a source there is no promise in some browsers.
    this.video.play()?.catch((error: unknown) => {
      if (this.wanted && (error as Error).name === "NotAllowedError") this.group.refused();
    });
  }

  pause(): void {
    this.starvedSince = null;
    this.awaitedSince = null;
    this.still();
  }

  /** Follows a change of the common pace. */
  pace(): void {
    const rate = this.group.pace() * (1 + this.pacing.nudge);
    if (this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  /** Brings a stopped clip to exactly the frame of the common `time`; true when it is there. */
  settle(time: number): boolean {
    if (!this.usable) return true;
    this.still();
    if (this.video.seeking) return false;
    const frame = this.frame(time);
    const goal = timeOf(this.timing, frame);
    const asked = this.asked === goal;
    const right = this.seen === null ? asked : this.seen === frame;
    // A clip whose frames are not where we were told can't be brought there; it keeps what it shows.
    if (right || (asked && this.tries > 1)) return true;
    this.seek(goal);
    return false;
  }

  /** Brings a stopped clip to `time` to play from there; true when it is there with data, or is not waited for. */
  ready(time: number, now: number): boolean {
    if (!this.expected) return true;
    if (this.approach(time, now)) {
      this.late = false;
      this.awaitedSince = null;
      return true;
    }
    if (this.video.preload !== "auto") this.video.preload = "auto";
    this.awaitedSince ??= now;
    this.late ||= now - this.awaitedSince > PATIENCE;
    return this.late;
  }

  /** Keeps the clip where the running `time` wants it; true when it has run dry, so that the others should wait. */
  drive(time: number, now: number): boolean {
    const { video } = this;
    const own = time - this.delay;
    if (this.phase(time) !== "on") {
      // Its last frames come a little after the common time says so.
      if (video.paused || own < 0 || own > this.end + TAIL) this.settle(time);
      return false;
    }
    if (video.seeking || video.ended) return false;
    if (!this.wanted) {
      this.join(own);
      return false;
    }
    this.activeAt = now;
    this.sample(own, now);
    if (this.measured && Math.abs(this.ahead) > FAR) {
      this.late = true;
      this.pause();
    } else if (this.measured && Math.abs(this.ahead) < NEAR) this.late = false;
    if (video.readyState > 2 || own > this.end - TAIL) this.starvedSince = null;
    else this.starvedSince ??= now;
    return !this.late && this.starvedSince !== null && now - this.starvedSince > STARVING;
  }

  /** Takes in that the common time was moved on by so many seconds. */
  move(by: number): void {
    this.pacing.ahead -= by;
  }

  /** Runs a little faster or slower for as long as the clip is off. */
  correct(): void {
    this.pacing.correct(this.group.pace());
    this.pace();
  }

  /** Lets go of the video, stopped and at its own pace. */
  destroy(): void {
    this.listening.abort();
    if (this.precise) this.video.cancelVideoFrameCallback(this.callback);
    this.pause();
    this.video.playbackRate = 1;
  }

  /** Stops it, whoever let it play. */
  private still(): void {
    this.wanted = false;
    if (!this.video.paused) this.video.pause();
  }

  private approach(time: number, now: number): boolean {
    const { video } = this;
    if (!this.usable || video.seeking) return false;
    this.still();
    if (this.phase(time) !== "on") return this.settle(time) && video.readyState > 1;
    const goal = time - this.delay;
    const there = this.asked === goal || Math.abs(video.currentTime - goal) < 0.5 / this.timing.fps;
    // The browser takes the decoder of a clip that rests, and would have it start up to half a second late.
    if (there && now - this.activeAt < AWAKE) return video.readyState > 2;
    this.seek(goal);
    return false;
  }

  /** Seeks to where the others will soon be, and starts when they are. */
  private join(own: number): void {
    const { video, group } = this;
    const gap = video.currentTime - own;
    if (gap > -NEAR && gap < LATE * group.pace() + NEAR) {
      if (gap <= 0 && video.readyState > 2) this.play();
      return;
    }
    this.lead = this.asked === null ? SOON : Math.min(this.lead * 1.5, LATE);
    const goal = own + this.lead * group.pace();
    if (goal < this.end) this.seek(goal);
  }

  private seek(goal: number): void {
    this.activeAt = performance.now();
    if (goal !== this.asked) this.tries = 0;
    this.tries++;
    this.asked = goal;
    this.presented = null;
    this.video.currentTime = goal;
  }

  private emptied(): void {
    this.late = false;
    this.wanted = false;
    this.asked = null;
    this.presented = null;
    this.activeAt = Number.NEGATIVE_INFINITY;
    this.group.wake();
  }

  private listen(): void {
    if (!this.precise) return;
    this.callback = this.video.requestVideoFrameCallback((_, { mediaTime }) => {
      this.listen();
      this.presented = mediaTime;
      if (!this.wanted) this.group.wake();
    });
  }

  /**
   * Measures by `currentTime`, which is the browser's own clock; the times of presented frames come in the rhythm of
   * the display and would have the clips wander by half a frame.
   */
  private sample(own: number, now: number): void {
    const { currentTime } = this.video;
    if (this.pacing.begun || currentTime !== this.startedAt) {
      this.pacing.measure(currentTime - own, now, this.group.pace());
    }
  }
}
