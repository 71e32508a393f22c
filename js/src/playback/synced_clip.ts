/** One of the videos that play in step: brought to where the common clock wants it, and kept there. */
import { listen } from "../dom";
import type { Timing } from "../protocol/grid";
import { frameAt } from "./frames";
import { Pace } from "./pace";
import { Seeker } from "./seeker";
import { ClipTiming } from "./timing";

/** Seconds off from which a seek is quicker than a change of pace. */
const FAR = 0.35;
/** Seconds behind at which a stopped clip may still start, since a change of pace soon makes up for it. */
const NEAR = 0.1;
/** Milliseconds without data while playing after which the others wait. */
const STARVING_MS = 120;
/** Milliseconds for which the browser keeps the decoder of a paused video. */
const DECODER_KEPT_MS = 10_000;
/** Milliseconds that the others wait for a clip. */
const PATIENCE_MS = 4000;
/** Seconds that a seek is expected to take: at first, and at most. */
const [FIRST_LEAD, MAX_LEAD] = [0.15, 1.2];
/** Seconds that a clip gets to reach its last frame by itself. */
const TAIL = 0.25;

const CHANGES = ["loadstart", "loadedmetadata", "durationchange", "seeked", "canplay", "play", "ended", "error"];

/** What a clip reports to those that it plays with, and asks of them. */
export interface ClipEvents {
  /** Something happened that may matter to the others. */
  changed(): void;
  /** The user or the browser paused the clip. */
  paused(): void;
  /** The browser does not allow it to play. */
  refused(): void;
  /** Seconds of common time in a second. */
  pace(): number;
}

export class SyncedClip {
  readonly timing: ClipTiming;
  readonly pacing: Pace;
  shown = true;
  /** The others do not wait for it; it joins when it is ready. */
  late = false;

  readonly #video: HTMLVideoElement;
  readonly #events: ClipEvents;
  readonly #seeker: Seeker;
  readonly #unlisten: () => void;
  #playing = false;
  #startedAt = 0;
  #starvingSince: number | null = null;
  #awaitedSince: number | null = null;
  /** Seconds ahead of the common clock to which a clip that joins is sought. */
  #lead = FIRST_LEAD;

  constructor(video: HTMLVideoElement, known: Timing | null, events: ClipEvents) {
    this.#video = video;
    this.#events = events;
    this.timing = new ClipTiming(video, known);
    this.pacing = new Pace(video, events.pace);
    this.#seeker = new Seeker(video, () => this.#playing || events.changed());
    // A video that loops by itself would leave the others.
    video.loop = false;
    const changed = () => events.changed();
    this.#unlisten = listen(video, {
      ...Object.fromEntries(CHANGES.map((type) => [type, changed])),
      emptied: () => this.#reset(),
      pause: () => this.#playing && video.paused && !video.ended && events.paused(),
    });
  }

  /** It is on screen and has, or will have, something to show. */
  get expected(): boolean {
    const { error, networkState } = this.#video;
    return this.shown && !error && (networkState === 1 || networkState === 2);
  }

  get usable(): boolean {
    return this.expected && this.#video.readyState >= 1 && this.timing.end > 0;
  }

  get audible(): boolean {
    return !this.#video.muted && this.#video.volume > 0;
  }

  /** The frame that the browser reports as shown; null where it reports none, or the frames' times are unknown. */
  get shownFrame(): number | null {
    const { known } = this.timing;
    return this.#seeker.presented === null || !known ? null : frameAt(known, this.#seeker.presented);
  }

  setShift(seconds: number): void {
    this.pacing.ahead += seconds - this.timing.shift;
    this.timing.shift = seconds;
  }

  play(): void {
    this.#playing = true;
    this.#seeker.target = null;
    this.#startedAt = this.#video.currentTime;
    this.pacing.apply();
    // Some browsers return no promise for a video without a source.
    this.#video.play()?.catch((error: unknown) => {
      if (this.#playing && (error as Error).name === "NotAllowedError") this.#events.refused();
    });
  }

  pause(): void {
    this.#starvingSince = null;
    this.#awaitedSince = null;
    this.#stop();
  }

  /** Brings a stopped clip to exactly the frame of the common `time`; true when it is there. */
  settle(time: number): boolean {
    if (!this.usable) return true;
    this.#stop();
    if (this.#video.seeking) return false;
    const frame = this.timing.frame(time);
    const goal = this.timing.seekTime(frame);
    const sought = this.#seeker.target === goal;
    const there = this.shownFrame === null ? sought : this.shownFrame === frame;
    // A clip whose frames are not at the reported times cannot be brought there; it keeps the frame it shows.
    if (there || (sought && this.#seeker.attempts > 1)) return true;
    this.#seeker.seek(goal);
    return false;
  }

  /** Brings a stopped clip to `time` to play from there; true when it is there with data, or is not waited for. */
  prepare(time: number, now: number): boolean {
    if (!this.expected) return true;
    if (this.#approach(time, now)) {
      this.late = false;
      this.#awaitedSince = null;
      return true;
    }
    if (this.#video.preload !== "auto") this.#video.preload = "auto";
    this.#awaitedSince ??= now;
    this.late ||= now - this.#awaitedSince > PATIENCE_MS;
    return this.late;
  }

  /** Keeps the clip where the running `time` wants it; true when it has no data, so that the others should wait. */
  drive(time: number, now: number): boolean {
    const video = this.#video;
    const { timing } = this;
    const own = timing.own(time);
    if (timing.phase(time) !== "on") {
      // The last frames are shown a little after the common time has passed them.
      if (video.paused || own < 0 || own > timing.end + TAIL) this.settle(time);
      return false;
    }
    if (video.seeking || video.ended) return false;
    if (this.#playing) return this.#keepUp(own, now);
    this.#join(own);
    return false;
  }

  /** Leaves the video stopped, at its own pace and without listeners. */
  destroy(): void {
    this.#unlisten();
    this.#seeker.destroy();
    this.pause();
    this.#video.playbackRate = 1;
  }

  /** Stops the video, also where something else started it. */
  #stop(): void {
    this.#playing = false;
    this.pacing.reset();
    if (!this.#video.paused) this.#video.pause();
  }

  /** Brings a stopped clip nearer to `time`; true when it can start there. */
  #approach(time: number, now: number): boolean {
    const [video, seeker] = [this.#video, this.#seeker];
    const { timing } = this;
    if (!this.usable || video.seeking) return false;
    this.#stop();
    if (timing.phase(time) !== "on") return this.settle(time) && video.readyState > 1;
    const goal = timing.own(time);
    const there = seeker.target === goal || Math.abs(video.currentTime - goal) < 0.5 / timing.fps;
    // A browser takes the decoder from a video that is paused for long, which would then start up to half a second late.
    if (there && now - seeker.activeAt < DECODER_KEPT_MS) return video.readyState > 2;
    seeker.seek(goal);
    return false;
  }

  /** Measures how far a playing clip is off, and whether it has data; true when the others should wait for data. */
  #keepUp(own: number, now: number): boolean {
    this.#seeker.activeAt = now;
    this.#measure(own, now);
    const offset = this.pacing.measured ? Math.abs(this.pacing.ahead) : null;
    if (offset !== null && offset > FAR) {
      this.late = true;
      this.pause();
    } else if (offset !== null && offset < NEAR) this.late = false;
    if (this.#video.readyState > 2 || own > this.timing.end - TAIL) this.#starvingSince = null;
    else this.#starvingSince ??= now;
    return !this.late && this.#starvingSince !== null && now - this.#starvingSince > STARVING_MS;
  }

  /** Seeks to where the others will soon be, and starts when they are there. */
  #join(own: number): void {
    const [video, seeker, pace] = [this.#video, this.#seeker, this.#events.pace()];
    const gap = video.currentTime - own;
    if (gap > -NEAR && gap < MAX_LEAD * pace + NEAR) {
      if (gap <= 0 && video.readyState > 2) this.play();
      return;
    }
    this.#lead = seeker.target === null ? FIRST_LEAD : Math.min(this.#lead * 1.5, MAX_LEAD);
    const goal = own + this.#lead * pace;
    if (goal < this.timing.end) seeker.seek(goal);
  }

  /**
   * Measures by `currentTime`, the browser's own clock. The times of presented frames follow the display's refresh and
   * would make the clips drift by half a frame.
   */
  #measure(own: number, now: number): void {
    const { currentTime } = this.#video;
    // Until the clock moves, the video has not begun to play.
    if (this.pacing.begun || currentTime !== this.#startedAt) this.pacing.measure(currentTime - own, now);
  }

  /** The video has lost its source. */
  #reset(): void {
    this.late = false;
    this.#playing = false;
    this.pacing.reset();
    this.#seeker.reset();
    this.#events.changed();
  }
}
