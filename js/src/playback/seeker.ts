/** Seeks a video and remembers where to; learns from the browser which frame is shown. */

const NEVER = Number.NEGATIVE_INFINITY;

export class Seeker {
  /** Where the last seek went; null when the video has played since. */
  target: number | null = null;
  /** How often `target` was sought in a row. */
  attempts = 0;
  /** Moment of the last seek, or of the last time that the video was seen playing. */
  activeAt = NEVER;
  /** Time of the frame that the browser presented last; null since the last seek, and where browsers do not report it. */
  presented: number | null = null;

  readonly #video: HTMLVideoElement;
  readonly #onFrame: () => void;
  readonly #reportsFrames: boolean;
  #callback = 0;

  constructor(video: HTMLVideoElement, onFrame: () => void) {
    this.#video = video;
    this.#onFrame = onFrame;
    this.#reportsFrames = typeof video.requestVideoFrameCallback === "function";
    this.#watchFrames();
  }

  seek(time: number): void {
    this.activeAt = performance.now();
    this.attempts = time === this.target ? this.attempts + 1 : 1;
    this.target = time;
    this.presented = null;
    this.#video.currentTime = time;
  }

  /** The video has lost its source. */
  reset(): void {
    this.target = null;
    this.presented = null;
    this.activeAt = NEVER;
  }

  destroy(): void {
    if (this.#reportsFrames) this.#video.cancelVideoFrameCallback(this.#callback);
  }

  #watchFrames(): void {
    if (!this.#reportsFrames) return;
    this.#callback = this.#video.requestVideoFrameCallback((_, { mediaTime }) => {
      this.#watchFrames();
      this.presented = mediaTime;
      this.#onFrame();
    });
  }
}
