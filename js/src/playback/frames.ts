/** Which frame of a clip is shown at a time, and where to seek for it. Times are the clip's own, in seconds. */
import type { Timing } from "../protocol/grid";

const ASSUMED_FPS = 24;
/** What players and containers round a frame's time by: microseconds, and milliseconds in WebM. */
const ROUNDING = 0.0006;

/** What is assumed of a clip that nothing but its length is known of. */
export function assumed(duration: number): Timing {
  const frames = Math.max(1, Math.round(duration * ASSUMED_FPS));
  return { duration, fps: ASSUMED_FPS, frames, start: 0, times: null };
}

/** The frame shown at `time`: the first before the clip's start, the last after its end. */
export function frameAt(timing: Timing, time: number): number {
  const { fps, start, times } = timing;
  const at = time + ROUNDING;
  if (!times) return clamp(timing, Math.floor((at - start) * fps));
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return clamp(timing, low - 1);
}

/**
 * Where to seek to see `frame`, clamped to those there are: the middle of its interval, so that no browser's rounding
 * lands on a neighbour.
 */
export function timeOf(timing: Timing, frame: number): number {
  const place = clamp(timing, frame);
  const begin = startOf(timing, place);
  const next = place < lastFrame(timing) ? startOf(timing, place + 1) : begin + 1 / timing.fps;
  // A length that was rounded down may lie within the last frame, and a seek beyond it shows nothing in some browsers.
  const end = timing.duration > begin ? Math.min(next, timing.duration) : next;
  return (begin + end) / 2;
}

export function lastFrame({ frames, times }: Timing): number {
  return Math.max(0, (times?.length ?? frames) - 1);
}

function startOf({ fps, start, times }: Timing, frame: number): number {
  return times?.[frame] ?? start + frame / fps;
}

function clamp(timing: Timing, frame: number): number {
  return Math.min(Math.max(frame, 0), lastFrame(timing));
}
