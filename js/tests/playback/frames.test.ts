import { expect, test } from "vitest";
import { assumed, frameAt, lastFrame, timeOf } from "../../src/playback/frames";
import type { Timing } from "../../src/protocol/grid";

const even = (fps: number, frames: number, start = 0): Timing => ({
  duration: start + frames / fps,
  fps,
  frames,
  start,
  times: null,
});

const uneven: Timing = { duration: 0.5, fps: 10, frames: 5, start: 0, times: [0, 0.016667, 0.1, 0.141667, 0.4] };

test.each([
  ["24", even(24, 240)],
  ["23.976", even(24000 / 1001, 5000)],
  ["29.97", even(30000 / 1001, 5000)],
  ["60", even(60, 5000)],
  ["a start at 0.083 s", even(24, 240, 0.083)],
  ["uneven times", uneven],
])("each frame is found at its own time, rounded as players round it, and where it is sought: %s", (_, timing) => {
  for (let frame = 0; frame <= lastFrame(timing); frame++) {
    const begin = timing.times?.[frame] ?? timing.start + frame / timing.fps;
    for (const digits of [9, 6, 3]) expect(frameAt(timing, Number(begin.toFixed(digits)))).toBe(frame);
    expect(frameAt(timing, timeOf(timing, frame))).toBe(frame);
  }
});

test("a seek goes to the middle of a frame's interval, far from its neighbours", () => {
  expect(timeOf(even(25, 100), 10)).toBeCloseTo(0.42);
  expect(timeOf(even(24, 240, 0.083), 0)).toBeCloseTo(0.083 + 1 / 48);
  expect(timeOf(uneven, 3)).toBeCloseTo((0.141667 + 0.4) / 2);
  expect(timeOf(uneven, 4)).toBeCloseTo(0.45);
});

test("frames and times outside the clip are its first and its last", () => {
  for (const timing of [even(24, 240, 0.083), uneven]) {
    const last = lastFrame(timing);
    expect([frameAt(timing, -1), frameAt(timing, 0), frameAt(timing, 99)]).toEqual([0, 0, last]);
    expect([timeOf(timing, -3), timeOf(timing, 9999)]).toEqual([timeOf(timing, 0), timeOf(timing, last)]);
  }
});

test("no seek goes beyond the end, also where the length was rounded down into the last frame", () => {
  for (const duration of [10, 9.97, 9.9]) {
    const timing = { ...even(24, 240), duration };
    expect(timeOf(timing, 239)).toBeLessThan(Math.max(duration, 239 / 24 + 1 / 24));
    expect(frameAt(timing, timeOf(timing, 239))).toBe(239);
  }
});

test("of an unknown clip 24 frames a second are assumed, and at least one", () => {
  expect(assumed(2)).toEqual({ duration: 2, fps: 24, frames: 48, start: 0, times: null });
  expect(assumed(0).frames).toBe(1);
});
