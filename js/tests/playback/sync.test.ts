import { expect, test } from "vitest";
import { add, FRAME, frames, spread, sync, useSync, videos, wait, worst } from "../harness/synced";

useSync();

test("clips that seek and start at different speeds start together and stay together", async () => {
  for (const [seek, start] of [
    [20, 5],
    [300, 60],
    [90, 35],
  ] as const)
    add({ seek, start });
  sync.play();
  await wait(300);
  expect(sync.state()).toMatchObject({ playing: true, time: 0 });
  await wait(400);
  expect(sync.state().time).toBeGreaterThan(0.2);
  expect(await worst(3000)).toBeLessThan(FRAME);
});

test("drift of a per cent or two is pulled in, without to and fro", async () => {
  for (const drift of [-0.01, 0, 0.02]) add({ drift });
  sync.play();
  await wait(2000);
  const before = videos.map((video) => video.paces);
  expect(await worst(3000)).toBeLessThan(FRAME / 2);
  expect(Math.max(...videos.map((video, place) => video.paces - (before[place] ?? 0)))).toBeLessThan(60);
  expect(videos.map((video) => video.sought.length)).toEqual([1, 1, 1]);
});

test("clips that keep time by themselves are left alone", async () => {
  for (const start of [10, 40]) add({ start });
  sync.play();
  await wait(2000);
  const before = videos.map((video) => video.paces);
  await wait(3000);
  expect(videos.map((video) => video.paces)).toEqual(before);
  expect(new Set(videos.map((video) => video.playbackRate)).size).toBe(1);
});

test("clips run at no plain pace, into which a browser would fit a rhythm, but where one is heard", async () => {
  const [first] = [add(), add()];
  sync.play();
  await wait(1000);
  const lifted = 1.006;
  expect(videos.map((video) => video.playbackRate)).toEqual([lifted, lifted]);
  const from = sync.state().time;
  await wait(1000);
  expect(sync.state().time - from).toBeCloseTo(lifted, 2);
  first.muted = false;
  await wait(1000);
  expect(videos.map((video) => video.playbackRate)).toEqual([1, 1]);
  first.muted = true;
  await wait(500);
  expect(videos.map((video) => video.playbackRate)).toEqual([lifted, lifted]);
  sync.setRate(0.5);
  expect(sync.state().rate).toBe(0.5);
  expect(first.playbackRate).toBeCloseTo(0.506, 6);
});

test("clips that rested are sought before they start, and those that just stopped are not", async () => {
  for (const start of [10, 40]) add({ start });
  const seeks = () => videos.map((video) => video.sought.length);
  await wait(200);
  const fresh = seeks();
  sync.play();
  await wait(1000);
  expect(seeks()).toEqual(fresh.map((count) => count + 1));
  expect(videos.every((video) => !video.paused)).toBe(true);
  sync.pause();
  await wait(500);
  const paused = seeks();
  sync.play();
  await wait(500);
  expect(seeks()).toEqual(paused);
  sync.pause();
  await wait(12_000);
  const rested = seeks();
  sync.play();
  await wait(500);
  expect(seeks()).toEqual(rested.map((count) => count + 1));
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("where a browser's clock goes in steps, the clips are in step and their pace stays calm", async () => {
  for (const start of [10, 60, 30]) add({ start, grain: 0.03 + start / 2000, drift: start / 20_000 });
  sync.play();
  await wait(2500);
  const before = videos.map((video) => video.paces);
  let apart = 0;
  await wait(3000, () => {
    apart = Math.max(apart, Math.max(...frames()) - Math.min(...frames()));
  });
  expect(apart).toBeLessThan(2);
  expect(Math.max(...videos.map((video, place) => video.paces - (before[place] ?? 0)))).toBeLessThan(20);
});

test("the clock goes by the clip that is heard, whose pace nobody changes", async () => {
  const [, heard] = [add(), add({ drift: 0.02 }), add()];
  heard.muted = false;
  sync.play();
  await wait(1500);
  const before = heard.paces;
  expect(await worst(3000)).toBeLessThan(FRAME);
  expect(heard.paces - before).toBeLessThan(4);
  expect(sync.state().time).toBeCloseTo(heard.currentTime, 1);
});

test("a clip without data makes the others wait, and all go on together", async () => {
  const [dry] = [add(), add(), add()];
  sync.play();
  await wait(1000);
  dry.starve(true);
  await wait(500);
  expect(sync.state()).toMatchObject({ playing: true, waiting: true });
  expect(videos.every((video) => video.paused)).toBe(true);
  const stood = sync.state().time;
  await wait(500);
  expect(sync.state().time).toBe(stood);
  dry.starve(false);
  await wait(300);
  expect(sync.state()).toMatchObject({ playing: true, waiting: false });
  expect(await worst(2000)).toBeLessThan(FRAME);
});

test("a clip that stays without data holds the others up for some seconds only, and joins when it has some", async () => {
  const [dry, ...others] = [add(), add(), add()];
  sync.play();
  await wait(500);
  dry.starve(true);
  await wait(5500);
  expect(others.every((video) => !video.paused)).toBe(true);
  dry.starve(false);
  await wait(1500);
  expect(dry.paused).toBe(false);
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("a clip that fails is left out at once", async () => {
  const [broken, ...others] = [add(), add({}, { duration: 3 })];
  sync.play();
  await wait(500);
  broken.fail();
  await wait(300);
  expect(sync.state()).toMatchObject({ waiting: false, duration: 3 });
  expect(await worst(1000, others)).toBeLessThan(FRAME);
  expect(others[0]?.paused).toBe(false);
});

test("a shorter clip holds its last frame until the longest ends, then all begin again together", async () => {
  const [short, long] = [add({}, { duration: 1 }), add({}, { duration: 2 })];
  sync.play();
  await wait(1700);
  expect(sync.clip("0")).toEqual({ frame: 23, frames: 24, phase: "ended" });
  expect(short.frame).toBe(23);
  await wait(900);
  expect(sync.state().time).toBeLessThan(1);
  expect([short.paused, long.paused]).toEqual([false, false]);
  expect(spread()).toBeLessThan(FRAME);
});

test("loops don't add up: after several rounds the clips are as close as in the first", async () => {
  for (const drift of [0, 0.02, -0.01]) add({ drift }, { duration: 1.5 });
  sync.play();
  await wait(9000);
  const apart: number[] = [];
  await wait(3000, () => {
    if (videos.every((video) => !video.paused && !video.seeking && video.currentTime > 0.1)) apart.push(spread());
  });
  expect(apart.length).toBeGreaterThan(500);
  expect(Math.max(...apart)).toBeLessThan(FRAME);
});

test("without a loop all stop at the end, on their last frames", async () => {
  for (const duration of [1, 2]) add({}, { duration });
  sync.setLoop(false);
  sync.play();
  await wait(3000);
  expect(sync.state()).toMatchObject({ playing: false, time: 2, duration: 2, frame: 23 });
  expect(frames()).toEqual([23, 47]);
  sync.play();
  await wait(500);
  expect(sync.state().time).toBeLessThan(0.5);
});
