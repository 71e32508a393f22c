/** Videos without pictures: they play, seek, starve and fail by a clock that a test turns. */
import { vi } from "vitest";

/** Milliseconds between looks at the videos; no divisor of a frame or of the display's rhythm, as in life. */
const TICK = 3;

export interface Habits {
  /** Milliseconds that a seek takes, and playing takes to begin. */
  seek: number;
  start: number;
  /** How much faster than the wall its clock is: 0.01 gains ten milliseconds a second. */
  drift: number;
  /** Seconds in whose steps its clock goes, as far as pages see it. */
  grain: number;
}

export class FakeVideo extends EventTarget {
  readyState = 4;
  networkState = 1;
  error: { code: number } | null = null;
  paused = true;
  ended = false;
  seeking = false;
  loop = true;
  muted = true;
  volume = 1;
  controls = true;
  preload = "metadata";
  refusal: string | null = null;
  /** What was seen: the index of each frame presented. */
  readonly shown: number[] = [];
  readonly sought: number[] = [];
  paces = 0;
  listeners = 0;
  readonly callbacks = new Map<number, VideoFrameRequestCallback>();

  private position = 0;
  private pace = 1;
  private begins = 0;
  private arrives = 0;
  private goal = 0;
  private handle = 0;

  constructor(
    readonly fps: number,
    public duration: number,
    readonly habits: Habits,
  ) {
    super();
  }

  get currentTime(): number {
    const { grain } = this.habits;
    if (this.seeking) return this.goal;
    return grain && !this.paused ? Math.floor(this.position / grain) * grain : this.position;
  }

  set currentTime(time: number) {
    this.goal = Math.min(Math.max(time, 0), this.duration);
    this.sought.push(this.goal);
    [this.seeking, this.ended] = [true, false];
    this.arrives = performance.now() + this.habits.seek;
    this.begins = Math.max(this.begins, this.arrives);
    this.say("seeking");
  }

  get playbackRate(): number {
    return this.pace;
  }

  set playbackRate(pace: number) {
    this.pace = pace;
    this.paces++;
  }

  get frame(): number {
    return this.shown.at(-1) ?? -1;
  }

  play(): Promise<void> {
    if (this.refusal) return Promise.reject(new DOMException("", this.refusal));
    if (this.paused) this.begins = performance.now() + this.habits.start;
    this.paused = false;
    this.say("play");
    return Promise.resolve();
  }

  pause(): void {
    if (this.paused) return;
    this.paused = true;
    this.say("pause");
  }

  requestVideoFrameCallback(callback: VideoFrameRequestCallback): number {
    this.callbacks.set(++this.handle, callback);
    return this.handle;
  }

  cancelVideoFrameCallback(handle: number): void {
    this.callbacks.delete(handle);
  }

  override addEventListener(...given: Parameters<EventTarget["addEventListener"]>): void {
    super.addEventListener(...given);
    this.listeners++;
    const { signal } = (given[2] ?? {}) as AddEventListenerOptions;
    signal?.addEventListener("abort", () => this.listeners--);
  }

  say(type: string): void {
    this.dispatchEvent(new Event(type));
  }

  /** Runs out of data, or has some again. */
  starve(dry: boolean): void {
    this.readyState = dry ? 2 : 4;
    this.say(dry ? "waiting" : "canplay");
  }

  fail(): void {
    this.error = { code: 3 };
    this.say("error");
  }

  /** Loses its source, or gets one. */
  load(has: boolean): void {
    [this.networkState, this.readyState, this.paused, this.position] = has ? [1, 4, true, 0] : [0, 0, true, 0];
    this.say(has ? "loadedmetadata" : "emptied");
  }

  tick(): void {
    const now = performance.now();
    if (this.seeking && now >= this.arrives && this.readyState > 0) {
      [this.seeking, this.position] = [false, this.goal];
      this.say("seeked");
      this.present(true);
    }
    if (this.paused || this.seeking || this.readyState < 3 || this.error || now < this.begins) return;
    this.position += (TICK / 1000) * this.pace * (1 + this.habits.drift);
    this.present(false);
    if (this.position < this.duration) return;
    this.position = this.duration;
    [this.ended, this.paused] = [true, true];
    this.say("pause");
    this.say("ended");
  }

  private present(again: boolean): void {
    const last = Math.ceil(this.duration * this.fps - 1e-6) - 1;
    const frame = Math.min(Math.floor(this.position * this.fps + 1e-6), last);
    if (frame === this.frame && !again) return;
    this.shown.push(frame);
    const due = [...this.callbacks.values()];
    this.callbacks.clear();
    const told = { mediaTime: frame / this.fps, expectedDisplayTime: performance.now() };
    for (const callback of due) callback(performance.now(), told as VideoFrameCallbackMetadata);
  }
}

/** Lets time pass for the page and for the videos in it; `each` is called all along. */
export async function pass(videos: Iterable<FakeVideo>, milliseconds: number, each?: () => void): Promise<void> {
  for (let gone = 0; gone < milliseconds; gone += TICK) {
    await vi.advanceTimersByTimeAsync(TICK);
    for (const video of videos) video.tick();
    each?.();
  }
}
