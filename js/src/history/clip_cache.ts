/** The clips that came as bytes, by job, as many as a page should keep. */
import { type Clips, createClips } from "../job/player";

const MOST = 8;

export interface Shelf {
  /** Keeps a clip, and lets go of the jobs longest unused that are more than the page should keep. */
  hold(id: string, index: number, clip: Blob): void;
  url(id: string, index: number): string | null;
  /** Counts the job as used just now. */
  touch(id: string): void;
  drop(id: string): void;
  clear(): void;
}

/** A shelf that keeps what is `shown`, and tells of a job whose clips are `gone`. */
export function createShelf(shown: (id: string) => boolean, gone: (id: string) => void): Shelf {
  const jobs = new Map<string, { clips: Clips; held: Set<number> }>();

  const drop = (id: string) => {
    jobs.get(id)?.clips.clear();
    jobs.delete(id);
    gone(id);
  };
  const count = () => [...jobs.values()].reduce((sum, { held }) => sum + held.size, 0);
  return {
    hold(id, index, clip) {
      const job = jobs.get(id) ?? { clips: createClips(), held: new Set() };
      jobs.set(id, job);
      job.clips.hold(index, clip);
      job.held.add(index);
      for (const other of [...jobs.keys()]) {
        if (count() > MOST && other !== id && !shown(other)) drop(other);
      }
    },
    url: (id, index) => jobs.get(id)?.clips.url(index) ?? null,
    touch(id) {
      const job = jobs.get(id);
      if (!job) return;
      jobs.delete(id);
      jobs.set(id, job);
    },
    drop,
    clear() {
      for (const id of [...jobs.keys()]) drop(id);
    },
  };
}
