import { expect, test, vi } from "vitest";
import { add, FRAME, frames, join, spread, sync, useSync, videos, wait, worst } from "../harness/synced";
import { FakeVideo } from "../harness/videos";

useSync();

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
