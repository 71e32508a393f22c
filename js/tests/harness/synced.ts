/** Videos without pictures that a test plays in step; the time of the page and of the videos is the test's. */
import { afterEach, beforeEach, vi } from "vitest";
import { createSync, type Sync } from "../../src/playback/sync";
import { FakeVideo, type Habits, pass } from "./videos";

export const FRAME = 1 / 24;
/** Of the running test; each clip's key is its index. */
export let sync: Sync;
export let videos: FakeVideo[];

/** Gives each test of a file a clock of its own. */
export function useSync(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    sync = createSync();
    videos = [];
  });
  afterEach(() => {
    sync.destroy();
    vi.useRealTimers();
  });
}

/** Adds a clip. */
export function add(habits: Partial<Habits> = {}, { fps = 24, duration = 6 } = {}): FakeVideo {
  const video = new FakeVideo(fps, duration, { seek: 40, start: 20, drift: 0, grain: 0, ...habits });
  join(video);
  return video;
}

export function join(video: FakeVideo): void {
  const { fps, duration } = video;
  const timing = { duration, fps, frames: Math.round(duration * fps), start: 0, times: null };
  videos.push(video);
  sync.add(String(videos.length - 1), video as unknown as HTMLVideoElement, timing);
}

export const wait = (milliseconds: number, each?: () => void) => pass(videos, milliseconds, each);

export function spread(some = videos): number {
  const times = some.map((video) => video.currentTime);
  return Math.max(...times) - Math.min(...times);
}

/** The frames that the videos show, and those that `sync` reports for them. */
export const frames = () => videos.map((video) => video.frame);
export const reportedFrames = () => videos.map((_, index) => sync.clip(String(index))?.frame);

/** The furthest that the videos are apart in a stretch of time. */
export async function worst(milliseconds: number, some = videos): Promise<number> {
  let furthest = 0;
  await wait(milliseconds, () => {
    furthest = Math.max(furthest, spread(some));
  });
  return furthest;
}
