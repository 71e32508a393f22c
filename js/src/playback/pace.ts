/** How far a clip is ahead of the common clock, from noisy measurements, and by how much it should run otherwise. */

/** Shares by which a clip may run faster or slower to come back into step: at most, and at least. */
const [STRONG, WEAK] = [0.5, 0.01];
/** Seconds in which a nudge takes away what a clip is off by, if the share allows. */
const PULL = 0.2;
/** Seconds off at which nudging begins, where the browser's clock is exact; it ends at a third. */
const BEGIN = 0.001;
/** Weight of one more measurement. */
const GAIN = 0.15;
/** Measurements before the first is acted upon. */
const ENOUGH = 4;

export class Pace {
  /** Seconds ahead of the common time, smoothed. */
  ahead = 0;
  /** Share by which the clip runs faster (negative: slower) now. */
  nudge = 0;

  private count = 0;
  private at = 0;
  /** Seconds that a measurement is usually out: a tenth of a millisecond in Chromium, a frame where time goes in steps. */
  private noise = 0;

  get measured(): boolean {
    return this.count >= ENOUGH;
  }

  get begun(): boolean {
    return this.count > 0;
  }

  restart(): void {
    [this.count, this.nudge] = [0, 0];
  }

  /** Takes in that the clip was `off` seconds ahead at `now` milliseconds, at `rate` seconds a second. */
  measure(off: number, now: number, rate: number): void {
    // What the nudge has done meanwhile is known; only the rest is news.
    const foreseen = this.ahead + (this.nudge * rate * (now - this.at)) / 1000;
    const news = this.begun ? off - foreseen : 0;
    this.ahead = off - news + news * Math.max(GAIN, 1 / (this.count + 1));
    this.noise += (Math.abs(news) - this.noise) * GAIN;
    [this.at, this.count] = [now, this.count + 1];
  }

  /** Sets the nudge for what the clip is off by. */
  correct(rate: number): void {
    const off = Math.abs(this.ahead);
    const begin = BEGIN + 1.5 * this.noise;
    const enough = off > (this.nudge ? begin / 3 : begin);
    const share = Math.min(Math.max(off / (PULL * rate), WEAK), STRONG);
    // Coarse steps, since each change of pace costs the browser something.
    this.nudge = enough ? (-Math.sign(this.ahead) * Math.round(share * 100)) / 100 : 0;
  }
}
