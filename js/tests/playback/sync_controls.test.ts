import { expect, test, vi } from "vitest";
import { add, FRAME, frames, reportedFrames, sync, useSync, videos, wait, worst } from "../harness/synced";

useSync();

test("a shift lets a clip start later, and counts for the common length", async () => {
  const [first, later] = [add(), add()];
  sync.shift("1", 1);
  expect(sync.state().duration).toBe(7);
  sync.play();
  await wait(800);
  expect(sync.clip("1")).toEqual({ frame: 0, frames: 144, phase: "before" });
  expect(later.paused).toBe(true);
  await wait(1200);
  expect(first.currentTime - later.currentTime).toBeCloseTo(1, 1);
  sync.shift("1", -0.5);
  await wait(2000);
  expect(first.currentTime - later.currentTime).toBeCloseTo(-0.5, 1);
});

test("a step shows the next frame of the lead, and of each other clip the frame of that time", async () => {
  add({}, { fps: 24 });
  add({}, { fps: 30 });
  sync.step(1);
  await wait(200);
  expect(sync.state()).toMatchObject({ playing: false, frame: 1, frames: 180 });
  expect(frames()).toEqual([1, 1]);
  for (let count = 0; count < 9; count++) sync.step(1);
  await wait(400);
  expect(frames()).toEqual([8, 10]);
  sync.lead("0");
  sync.step(-1);
  await wait(200);
  expect(frames()).toEqual([7, 9]);
  expect(reportedFrames()).toEqual([7, 9]);
});

test("steps end at the first and at the last frame, and go on in a longer clip", async () => {
  add({}, { fps: 30, duration: 1 });
  add({}, { fps: 24, duration: 2 });
  sync.step(-1);
  await wait(200);
  expect(frames()).toEqual([0, 0]);
  sync.seek(0.99);
  for (let count = 0; count < 3; count++) sync.step(1);
  await wait(400);
  expect(frames()).toEqual([29, 26]);
  sync.seek(9);
  sync.step(1);
  await wait(400);
  expect(frames()).toEqual([29, 47]);
  sync.step(-1);
  await wait(400);
  expect(frames()).toEqual([29, 46]);
});

test("a pause leaves each clip on the frame that is told for it", async () => {
  for (const fps of [24, 30, 25]) add({ start: fps }, { fps });
  sync.play();
  for (const milliseconds of [700, 433, 611]) {
    await wait(milliseconds);
    sync.pause();
    await wait(300);
    expect(frames()).toEqual(reportedFrames());
    sync.play();
  }
});

test("a scrub is drawn on its way, ends where it ended, and never piles up seeks", async () => {
  const [quick, slow] = [add({ seek: 15 }), add({ seek: 120 })];
  await wait(200);
  const before = slow.sought.length;
  let at = 0;
  await wait(1000, () => {
    at += 0.01;
    sync.seek(at);
  });
  await wait(300);
  expect(slow.sought.length - before).toBeLessThan(10);
  expect(new Set(slow.shown).size).toBeGreaterThan(4);
  expect(new Set(quick.shown).size).toBeGreaterThan(20);
  expect(frames()).toEqual([reportedFrames()[0], reportedFrames()[0]]);
  expect(sync.state().time).toBeCloseTo(at);
});

test("a seek while playing plays on from there, together", async () => {
  for (const seek of [20, 200]) add({ seek });
  sync.play();
  await wait(1000);
  sync.seek(4);
  await wait(600);
  expect(sync.state().time).toBeGreaterThan(4);
  expect(sync.state().playing).toBe(true);
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("the pace of all can be changed while they play", async () => {
  for (const drift of [0, 0.02]) add({ drift });
  sync.setRate(0.5);
  sync.play();
  await wait(500);
  const from = sync.state().time;
  expect(await worst(1000)).toBeLessThan(FRAME);
  expect(sync.state().time - from).toBeCloseTo(0.5, 1);
  sync.setRate(2);
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("another pace changes how fast time goes on, not the time", async () => {
  for (const start of [10, 40]) add({ start }, { duration: 20 });
  sync.play();
  await wait(4000);
  const [time, sought] = [sync.state().time, videos.map((video) => video.sought.length)];
  sync.setRate(0.5);
  expect(sync.state().time).toBe(time);
  await wait(1000);
  expect(sync.state().time).toBeCloseTo(time + 0.5, 1);
  sync.setRate(2);
  expect(sync.state().time).toBeCloseTo(time + 0.5, 1);
  await wait(1000);
  expect(videos.map((video) => video.sought.length)).toEqual(sought);
});

test("sound and the browser's controls are nobody's business here", async () => {
  const video = add();
  Object.assign(video, { muted: false, volume: 0.3, controls: true });
  sync.play();
  await wait(1000);
  sync.pause();
  expect([video.muted, video.volume, video.controls]).toEqual([false, 0.3, true]);
});

test("listeners hear at most once a frame, and nothing once all is at rest", async () => {
  add();
  let heard = 0;
  const leave = sync.subscribe(() => heard++);
  sync.play();
  await wait(1000);
  expect(heard).toBeGreaterThan(40);
  expect(heard).toBeLessThan(70);
  sync.pause();
  await wait(500);
  heard = 0;
  await wait(500);
  expect(heard).toBe(0);
  sync.seek(1);
  sync.setLoop(false);
  await wait(20);
  expect(heard).toBe(1);
  leave();
  sync.seek(2);
  await wait(200);
  expect(heard).toBe(1);
});

test("after destroy no callback, listener or frame request is left", async () => {
  add();
  add();
  sync.play();
  await wait(500);
  sync.destroy();
  expect(videos.map((video) => [video.callbacks.size, video.listeners, video.paused])).toEqual([
    [0, 0, true],
    [0, 0, true],
  ]);
  expect(vi.getTimerCount()).toBe(0);
});
