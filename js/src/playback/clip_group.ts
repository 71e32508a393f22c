/** The clips that play together: how long all of them last, and which of them leads. */
import type { SyncedClip } from "./synced_clip";

export class ClipGroup {
  readonly clips = new Map<string | number, SyncedClip>();
  /** The chosen lead; null for the clip with most frames a second. */
  leadKey: string | number | null = null;

  get all(): SyncedClip[] {
    return [...this.clips.values()];
  }

  /** Where the last of the clips on screen ends on the common clock; of all clips where none is on screen. */
  get duration(): number {
    let [shown, all] = [0, 0];
    for (const { expected, timing } of this.clips.values()) {
      const end = timing.end + timing.shift;
      if (expected) shown = Math.max(shown, end);
      all = Math.max(all, end);
    }
    return shown || all;
  }

  /** The clips whose frames can be counted, the lead first. */
  get leads(): SyncedClip[] {
    const rank = ([key, clip]: [string | number, SyncedClip]) =>
      (key === this.leadKey ? 2e6 : 0) + (clip.shown ? 1e6 : 0) + clip.timing.fps;
    const countable = [...this.clips].filter(([, clip]) => clip.timing.end > 0);
    return countable.sort((one, other) => rank(other) - rank(one)).map(([, clip]) => clip);
  }

  /**
   * The clip that the clock follows, of those whose offset is measured: the audible one, since a change of its pace
   * could be heard, else the one in the middle.
   */
  get reference(): SyncedClip | undefined {
    const measured = this.all.filter(({ pacing }) => pacing.measured);
    measured.sort((one, other) => one.pacing.ahead - other.pacing.ahead);
    return measured.find((clip) => clip.audible) ?? measured[measured.length >> 1];
  }

  /** The time to show for a step of `by` frames from `time`. */
  stepTime(time: number, by: number): number {
    const able = this.leads.filter(({ timing }) => {
      const next = timing.frame(time) + by;
      return next >= 0 && next < timing.frames;
    });
    // Where the lead has no further frame, the next clip that has one is stepped.
    const clip =
      able.find(({ timing }) => timing.phase(time) === "on") ??
      able.find(({ timing }) => by > 0 && timing.phase(time) === "before");
    if (!clip) return by < 0 ? 0 : this.duration;
    return clip.timing.middle(clip.timing.frame(time) + by);
  }
}
