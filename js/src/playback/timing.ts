/** Where a clip lies on the common clock: when it starts and ends, and which frame belongs to a time. */
import type { Timing } from "../protocol/grid";
import { assumed, frameAt, lastFrame, timeOf } from "./frames";

export type Phase = "before" | "on" | "ended";

export class ClipTiming {
  /** Seconds by which the clip starts later (negative: earlier) than the common clock. */
  shift = 0;
  /** The frame times as read from the clip's file; null where they could not be read. */
  readonly known: Timing | null;
  readonly #video: HTMLVideoElement;
  #estimate = assumed(0);

  constructor(video: HTMLVideoElement, known: Timing | null) {
    this.#video = video;
    this.known = known;
  }

  get fps(): number {
    return this.#timing.fps;
  }

  get frames(): number {
    return lastFrame(this.#timing) + 1;
  }

  /** The clip's own time at its end; 0 while it is unknown. */
  get end(): number {
    const { duration } = this.#video;
    return duration > 0 ? Math.min(duration, this.#timing.duration) : this.#timing.duration;
  }

  /** The clip's own time at a common `time`. */
  own(time: number): number {
    return time - this.shift;
  }

  phase(time: number): Phase {
    const own = this.own(time);
    return own < 0 ? "before" : own >= this.end ? "ended" : "on";
  }

  frame(time: number): number {
    return frameAt(this.#timing, this.own(time));
  }

  /** The clip's own time to seek to for `frame`. */
  seekTime(frame: number): number {
    return timeOf(this.#timing, frame);
  }

  /** The common time in the middle of a frame's interval. */
  middle(frame: number): number {
    return this.seekTime(frame) + this.shift;
  }

  get #timing(): Timing {
    if (this.known) return this.known;
    const { duration } = this.#video;
    const length = Number.isFinite(duration) ? duration : 0;
    if (length !== this.#estimate.duration) this.#estimate = assumed(length);
    return this.#estimate;
  }
}
