/** Estimates from noisy measurements how far a playing clip is off, and sets its pace to bring it back into step. */
import { clamp } from "../numbers";

/** Fractions by which a clip may run faster or slower to come back into step. */
const [MAX_NUDGE, MIN_NUDGE] = [0.5, 0.01];
/** Seconds in which a nudge should remove the whole offset. */
const CORRECTION_TIME = 0.2;
/** Seconds of offset at which nudging begins where the browser's clock is exact; it ends at a third of that. */
const TOLERANCE = 0.001;
/** Weight of a new measurement in the smoothed values. */
const GAIN = 0.15;
/** Measurements needed before the estimate is used. */
const MIN_MEASUREMENTS = 4;

export class Pace {
  /** Seconds that the clip is ahead of the common time, smoothed. */
  ahead = 0;

  readonly #video: HTMLVideoElement;
  readonly #common: () => number;
  #count = 0;
  #measuredAt = 0;
  /** Fraction by which the clip now runs faster (negative: slower). */
  #nudge = 0;
  /** Typical error of a measurement in seconds: 0.1 ms in Chromium, a frame where the browser's clock moves in steps. */
  #noise = 0;

  /** `common`: seconds of common time in a second. */
  constructor(video: HTMLVideoElement, common: () => number) {
    this.#video = video;
    this.#common = common;
  }

  /** Whether `ahead` has been measured since the last `reset`, well enough to act on. */
  get measured(): boolean {
    return this.#count >= MIN_MEASUREMENTS;
  }

  get begun(): boolean {
    return this.#count > 0;
  }

  reset(): void {
    [this.#count, this.#nudge] = [0, 0];
  }

  /** Adds a measurement: the clip was `offset` seconds ahead at `now` milliseconds. */
  measure(offset: number, now: number): void {
    // What the nudge has done since the last measurement is expected; only the difference from that is new.
    const expected = this.ahead + (this.#nudge * this.#common() * (now - this.#measuredAt)) / 1000;
    const surprise = this.begun ? offset - expected : 0;
    this.ahead = offset - surprise + surprise * Math.max(GAIN, 1 / (this.#count + 1));
    this.#noise += (Math.abs(surprise) - this.#noise) * GAIN;
    [this.#measuredAt, this.#count] = [now, this.#count + 1];
  }

  /** Runs a little faster or slower for as long as the clip is out of step. */
  correct(): void {
    const offset = Math.abs(this.ahead);
    const begin = TOLERANCE + 1.5 * this.#noise;
    const needed = offset > (this.#nudge ? begin / 3 : begin);
    const fraction = clamp(offset / (CORRECTION_TIME * this.#common()), MIN_NUDGE, MAX_NUDGE);
    // Rounded, since each change of `playbackRate` has a cost in the browser.
    this.#nudge = needed ? (-Math.sign(this.ahead) * Math.round(fraction * 100)) / 100 : 0;
    this.apply();
  }

  /** Sets the pace of the video. */
  apply(): void {
    const rate = this.#common() * (1 + this.#nudge);
    if (this.#video.playbackRate !== rate) this.#video.playbackRate = rate;
  }
}
