import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSync, type Sync } from "../../src/playback/sync";
import { FakeVideo, type Habits, pass } from "../harness/videos";

const FRAME = 1 / 24;
let sync: Sync;
let videos: FakeVideo[];

beforeEach(() => {
  vi.useFakeTimers();
  sync = createSync();
  videos = [];
});

afterEach(() => {
  sync.destroy();
  vi.useRealTimers();
});

/** Adds a clip, whose key is its place. */
function add(habits: Partial<Habits> = {}, { fps = 24, duration = 6 } = {}): FakeVideo {
  const video = new FakeVideo(fps, duration, { seek: 40, start: 20, drift: 0, grain: 0, ...habits });
  join(video);
  return video;
}

function join(video: FakeVideo): void {
  const { fps, duration } = video;
  const timing = { duration, fps, frames: Math.round(duration * fps), start: 0, times: null };
  videos.push(video);
  sync.add(String(videos.length - 1), video as unknown as HTMLVideoElement, timing);
}

const wait = (milliseconds: number, each?: () => void) => pass(videos, milliseconds, each);
const spread = (some = videos) => {
  const times = some.map((video) => video.currentTime);
  return Math.max(...times) - Math.min(...times);
};
const frames = () => videos.map((video) => video.frame);
const told = () => videos.map((_, place) => sync.clip(String(place))?.frame);

/** The furthest that the videos are apart in a stretch of time. */
async function worst(milliseconds: number, some = videos): Promise<number> {
  let found = 0;
  await wait(milliseconds, () => {
    found = Math.max(found, spread(some));
  });
  return found;
}

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
  expect(told()).toEqual([7, 9]);
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
    expect(frames()).toEqual(told());
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
  expect(frames()).toEqual([told()[0], told()[0]]);
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

test("a clip that is added while the others play joins without stopping them", async () => {
  const others = [add(), add()];
  sync.play();
  await wait(1000);
  const before = sync.state().time;
  const joined = add({ seek: 250 });
  await wait(1500, () => expect(others.every((video) => !video.paused)).toBe(true));
  expect(sync.state().time - before).toBeCloseTo(1.5, 1);
  expect(joined.paused).toBe(false);
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("clips off screen stop, nobody waits for them, and they join when they are back", async () => {
  const [away, ...others] = [add(), add()];
  sync.play();
  await wait(500);
  sync.show(new Set(["1"]));
  away.starve(true);
  await wait(1000);
  expect(away.paused).toBe(true);
  expect(others[0]?.paused).toBe(false);
  away.starve(false);
  sync.show(new Set(["0", "1"]));
  await wait(1000);
  expect(away.paused).toBe(false);
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("with nothing on screen the clock stands, and goes on from there", async () => {
  add();
  sync.play();
  await wait(1000);
  sync.show(new Set());
  await wait(1000);
  const stood = sync.state().time;
  await wait(1000);
  expect(sync.state().time).toBe(stood);
  sync.show(new Set(["0"]));
  await wait(1000);
  expect(sync.state().time).toBeGreaterThan(stood + 0.5);
});

test("a clip whose source comes late joins then, and one that loses it is not waited for", async () => {
  const [late, other] = [add(), add()];
  late.load(false);
  sync.play();
  await wait(600);
  expect(other.currentTime).toBeGreaterThan(0.3);
  late.load(true);
  await wait(1500);
  expect(spread()).toBeLessThan(FRAME);
  late.load(false);
  await wait(300);
  expect(other.paused).toBe(false);
  expect(sync.state().waiting).toBe(false);
});

test("where playing is refused the state is paused again, and nothing is thrown", async () => {
  add();
  add().refusal = "NotAllowedError";
  sync.play();
  await wait(500);
  expect(sync.state().playing).toBe(false);
  expect(videos.every((video) => video.paused)).toBe(true);
});

test("a clip that somebody else stops, such as a media key, stops all", async () => {
  const [stopped] = [add(), add()];
  sync.play();
  await wait(500);
  stopped.pause();
  await wait(200);
  expect(sync.state().playing).toBe(false);
  expect(videos.every((video) => video.paused)).toBe(true);
});

test("a clip that somebody else starts stays with the others", async () => {
  const [started] = [add(), add()];
  await wait(200);
  await started.play();
  await wait(200);
  expect(started.paused).toBe(true);
  expect(frames()).toEqual([0, 0]);
});

test("a hidden page rests and is in step again when it is back", async () => {
  for (const drift of [0, 0.03]) add({ drift });
  const hidden = vi.spyOn(document, "hidden", "get");
  sync.play();
  await wait(1000);
  hidden.mockReturnValue(true);
  document.dispatchEvent(new Event("visibilitychange"));
  const stood = sync.state().time;
  await wait(20_000);
  expect(videos.every((video) => video.paused)).toBe(true);
  expect(sync.state()).toMatchObject({ playing: true, time: stood });
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  await wait(300);
  expect(await worst(1000)).toBeLessThan(FRAME);
  hidden.mockRestore();
});

test("a page that gives no animation frames for a while comes back in step", async () => {
  for (const drift of [0, 0.03]) add({ drift });
  sync.play();
  await wait(1000);
  const real = globalThis.requestAnimationFrame;
  let due: FrameRequestCallback | undefined;
  globalThis.requestAnimationFrame = (callback) => {
    due = callback;
    return 1;
  };
  await wait(3000);
  globalThis.requestAnimationFrame = real;
  due?.(performance.now());
  await wait(1500);
  expect(await worst(500)).toBeLessThan(FRAME);
});

test("a clip without frame callbacks, and one with unknown times, play in step too", async () => {
  const old = new FakeVideo(24, 6, { seek: 60, start: 30, drift: 0.02, grain: 0 });
  Object.defineProperty(old, "requestVideoFrameCallback", { value: undefined });
  const unknown = new FakeVideo(30, 4, { seek: 60, start: 30, drift: 0, grain: 0 });
  join(old);
  videos.push(unknown);
  sync.add("1", unknown as unknown as HTMLVideoElement, null);
  expect(sync.clip("1")?.frames).toBe(96);
  sync.play();
  await wait(1000);
  expect(await worst(1000)).toBeLessThan(FRAME);
});

test("a removed clip is let go of at its own pace, and the others play on", async () => {
  const [gone, left] = [add({ drift: 0.04 }), add()];
  sync.play();
  await wait(1000);
  sync.remove("0");
  expect([gone.paused, gone.playbackRate, gone.callbacks.size, gone.listeners]).toEqual([true, 1, 0, 0]);
  expect(sync.clip("0")).toBeNull();
  await wait(500);
  expect(left.paused).toBe(false);
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
