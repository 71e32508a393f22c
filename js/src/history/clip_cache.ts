/** The clips of the panel's jobs that came as bytes: as many as a page should keep in memory. */
import { type ClipSource, type ClipStore, createClipStore, NO_CLIP } from "../playback/clip_store";

const MAX_CLIPS = 8;

export interface ClipCache {
  get(id: string, index: number): ClipSource;
  /** Why a job's clips cannot be had; null if nothing is wrong. */
  reason(id: string): string | null;
  /** Marks the job as the one used last. */
  touch(id: string): void;
  /** Notes that the job's clips are asked for; false if they were before. */
  request(id: string): boolean;
  /** Keeps a clip; where there are too many, frees those of the jobs used longest ago. */
  add(id: string, index: number, clip: Blob): void;
  refuse(id: string, reason: string): void;
  /** Frees the clips of a job; they can be asked for again. */
  drop(id: string): void;
  clear(): void;
}

interface JobClips {
  clips: ClipStore<number>;
  requested: boolean;
  reason: string | null;
}

/** A cache that keeps the clips of jobs that are `shown`; `changed` is called after a clip or a reason came. */
export function createClipCache(shown: (id: string) => boolean, changed: (id: string) => void): ClipCache {
  /** In the order of last use. */
  const jobs = new Map<string, JobClips>();

  const entry = (id: string): JobClips => {
    const clips = () => createClipStore<number>(() => changed(id));
    const job = jobs.get(id) ?? { clips: clips(), requested: false, reason: null };
    jobs.set(id, job);
    return job;
  };
  const drop = (id: string) => {
    jobs.get(id)?.clips.drop(() => true);
    jobs.delete(id);
  };
  const count = () => [...jobs.values()].reduce((sum, { clips }) => sum + clips.size, 0);
  return {
    get: (id, index) => jobs.get(id)?.clips.get(index) ?? NO_CLIP,
    reason: (id) => jobs.get(id)?.reason ?? null,
    touch(id) {
      const job = jobs.get(id);
      if (!job) return;
      jobs.delete(id);
      jobs.set(id, job);
    },
    request(id) {
      const job = entry(id);
      const first = !job.requested;
      job.requested = true;
      return first;
    },
    add(id, index, clip) {
      entry(id).clips.add(index, clip);
      for (const other of [...jobs.keys()]) {
        if (count() > MAX_CLIPS && other !== id && !shown(other)) drop(other);
      }
    },
    refuse(id, reason) {
      entry(id).reason = reason;
      changed(id);
    },
    drop,
    clear() {
      for (const id of [...jobs.keys()]) drop(id);
    },
  };
}
