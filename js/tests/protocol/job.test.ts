import { expect, test } from "vitest";
import { readView } from "../../src/protocol/job";
import { safeUrl } from "../../src/protocol/read";
import { running, states } from "../harness/states.js";

test("a complete view passes through unchanged", () => {
  expect(readView(running)).toEqual(running);
});

test("whatever arrives becomes a complete view of neutral values", () => {
  const blank = readView({});
  expect(blank).toMatchObject({
    id: "",
    status: "queued",
    phase: "submitting",
    progress: null,
    elapsed: 0,
    videos: [],
  });
  expect(blank).toMatchObject({ width: 16, height: 9, error: null, can_cancel: false, can_retry: false });
  for (const junk of [
    undefined,
    null,
    7,
    "view",
    [1],
    { status: "exploded", facts: "no", videos: {}, width: "wide" },
  ]) {
    expect(readView(junk)).toEqual(blank);
  }
});

test("numbers are finite, never negative, and progress stays within 0 and 1", () => {
  expect(readView({ progress: 1.7, elapsed: -3, remaining: Number.NaN, received: "12" })).toMatchObject({
    progress: 1,
    elapsed: 0,
    remaining: null,
    received: null,
  });
});

test("a box that no clip has falls back to 16:9, so that it cannot wreck the page", () => {
  for (const [width, height] of [
    [1, 100_000],
    [100_000, 1],
    [0, 720],
    [720, 0],
  ]) {
    expect(readView({ width, height })).toMatchObject({ width: 16, height: 9 });
  }
  expect(readView({ width: 720, height: 1280 })).toMatchObject({ width: 720, height: 1280 });
});

test("an error keeps its three sentences, and an address that is not allowed is dropped from its video", () => {
  expect(readView({ error: { summary: "w", charged: 3 } }).error).toEqual({ summary: "w", charged: "", next: "" });
  const videos = [{ src: "javascript:alert(1)", poster: "data:image/jpeg;base64,AA", path: "a.mp4" }, "junk"];
  expect(readView({ videos }).videos).toEqual([
    { src: null, poster: "data:image/jpeg;base64,AA", path: "a.mp4" },
    { src: null, poster: null, path: "" },
  ]);
});

test.each([
  "https://example.org/a.mp4?x=1",
  "http://127.0.0.1:8888/files/a.mp4",
  "blob:http://127.0.0.1/0-1",
  "videogen/a boat.mp4",
  "/files/videogen/ä.mp4",
  "../a.mp4",
  "data:video/mp4;base64,AAAA",
])("the page may play %s", (url) => {
  expect(safeUrl(url, "video")).toBe(url);
});

test.each([
  "javascript:alert(1)",
  " JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "data:image/png;base64,AAAA",
  "file:///etc/passwd",
  "vbscript:x",
  "http://[broken",
  "",
  null,
  7,
])("the page never plays %j", (url) => {
  expect(safeUrl(url, "video")).toBeNull();
});

test("every state of the harness is a view that Python could send", () => {
  for (const [name, state] of Object.entries(states("/clip.mp4", "/poster.jpg"))) {
    const { status, phase, error } = readView(state);
    expect({ name, status, phase, error }).toEqual({
      name,
      status: state.status,
      phase: state.phase,
      error: state.error,
    });
  }
});
