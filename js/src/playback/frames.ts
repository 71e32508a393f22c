/** Which frame of a clip is shown at a time, and where to seek for it. Times are the clip's own, in seconds. */
import { clamp } from "../numbers";
import type { Timing } from "../protocol/grid";

/** Also the frame rate of a clip whose file does not give one. */
export const ASSUMED_FPS = 24;
/** Error by which players and containers round a frame's time: microseconds, in WebM milliseconds. */
const ROUNDING = 0.0006;

/** The timing assumed for a clip of which only the length is known. */
export function assumed(duration: number): Timing {
  const frames = Math.max(1, Math.round(duration * ASSUMED_FPS));
  return { duration, fps: ASSUMED_FPS, frames, start: 0, times: null };
}

/** The frame shown at `time`: the first before the clip's start, the last after its end. */
export function frameAt(timing: Timing, time: number): number {
  const { fps, start, times } = timing;
  const at = time + ROUNDING;
  if (!times) return clampFrame(timing, Math.floor((at - start) * fps));
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return clampFrame(timing, low - 1);
}

/**
 * Where to seek to see `frame`, clamped to the frames of the clip: the middle of its interval, so that no browser's
 * rounding lands on a neighbouring frame.
 */
export function timeOf(timing: Timing, frame: number): number {
  const index = clampFrame(timing, frame);
  const begin = startOf(timing, index);
  const next = index < lastFrame(timing) ? startOf(timing, index + 1) : begin + 1 / timing.fps;
  // A duration that was rounded down may end within the last frame, and a seek beyond it shows nothing in some browsers.
  const end = timing.duration > begin ? Math.min(next, timing.duration) : next;
  return (begin + end) / 2;
}

export function lastFrame({ frames, times }: Timing): number {
  return Math.max(0, (times?.length ?? frames) - 1);
}

function startOf({ fps, start, times }: Timing, frame: number): number {
  return times?.[frame] ?? start + frame / fps;
}

function clampFrame(timing: Timing, frame: number): number {
  return clamp(frame, 0, lastFrame(timing));
}
