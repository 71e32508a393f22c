/** The clock that all clips follow. Times are seconds on it; moments are milliseconds of `performance.now()`. */

export class Clock {
  #running = false;
  /** The time at `startedAt` while it runs, else the time at which it stands. */
  #base = 0;
  #startedAt = 0;
  #pace: number;

  constructor(pace: number) {
    this.#pace = pace;
  }

  at(now: number): number {
    return this.#running ? this.#base + ((now - this.#startedAt) / 1000) * this.#pace : this.#base;
  }

  start(now: number): void {
    this.#running = true;
    this.#startedAt = now;
  }

  stop(time: number): void {
    this.#running = false;
    this.#base = time;
  }

  move(seconds: number): void {
    this.#base += seconds;
  }

  /** Sets the seconds that pass on the clock in a second; the time stays what it is. */
  setPace(pace: number, now: number): void {
    this.#base = this.at(now);
    this.#startedAt = now;
    this.#pace = pace;
  }
}
