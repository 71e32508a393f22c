import { expect, test, vi } from "vitest";
import { readCell } from "../../src/protocol/grid";
import { cell, clips, every, FakeScreen, useFakeScreen } from "../harness/gridparts.js";
import { startGrid as start } from "../harness/livegrid";

const labelOf = (element: Element) => element.getAttribute("aria-label");

useFakeScreen();

test("clips are asked for when their cells come on screen, and only those that can be had", () => {
  const { sent } = start(every["3x3-running"], [0, 4, 5]);
  expect(sent("want")).toEqual([["want", "job1"]]);
  FakeScreen.show([1]);
  expect(sent("want").at(-1)).toEqual(["want", "job2"]);
});

test("a clip that came is played, muted, and nothing starts by itself", () => {
  const { give, told, all, asked } = start(every["2x2"]);
  const wanted = asked.length;
  const url = give("job1");
  const videos = all("video") as HTMLVideoElement[];
  expect(videos.map((video) => video.getAttribute("src"))).toEqual([url, null, null, null]);
  expect(videos.every((video) => video.muted && !video.autoplay && !video.controls)).toBe(true);
  expect(videos.map(({ preload }) => preload)).toEqual(["auto", "none", "none", "none"]);
  expect(told("play")).toEqual([]);
  expect(asked.slice(wanted)).not.toContainEqual(["want", "job1"]);
});

test("only cells on screen play, and each is known to the clock", () => {
  const { sync, told } = start(every["2x2"], [0, 1, 2]);
  const shown = () => [...((told("show").at(-1)?.[1] ?? []) as Iterable<number>)].sort();
  expect([...sync.added.keys()]).toEqual([0, 1, 2, 3]);
  expect(shown()).toEqual([0, 1, 2]);
  FakeScreen.show([1], false);
  expect(shown()).toEqual([0, 2]);
});

test("why a clip can't be had stands in its cell", () => {
  const { store, all } = start(every["2x2"]);
  store.refuse("job2", "The file is gone: videogen/b.mp4");
  expect(all(".vgn-message").map(({ textContent }) => textContent)[1]).toBe("The file is gone: videogen/b.mp4");
});

test("a clip that the page cannot play says so with its file, until it gets another address", () => {
  const { give, all } = start(every["2x2"]);
  give("job1");
  const video = all("video")[0] as HTMLVideoElement;
  video.dispatchEvent(new Event("error"));
  const message = () => all(".vgn-message")[0]?.textContent;
  expect(message()).toBe("This page cannot play the clip. It is saved as videogen/a-paper-boat-1.mp4");
  video.dispatchEvent(new Event("emptied"));
  expect(message()).toBe("");
});

test("what Python sends is text, whatever it looks like", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const hostile = every["3x3-running"].cells.map((each: { job: object }) => ({
    ...each,
    labels: [evil],
    outcome: [evil],
    job: { ...each.job, prompt: evil, model: evil, provider: evil, badge: evil, notice: evil, facts: [evil] },
  }));
  const heads = { rows: [evil, evil, "b"], columns: [evil, "b", "c"], row_name: evil, column_name: evil };
  const { root, digit, type } = start({ ...every["3x3-running"], ...heads, title: evil, note: evil, cells: hostile });
  digit(1);
  type("w");
  expect(root.querySelectorAll("img, script")).toHaveLength(0);
  expect(root.textContent).toContain(evil);
});

test("space plays and pauses, arrows and full stop move, and nothing of it reaches the notebook", () => {
  const { sync, type } = start(every["2x2"]);
  const heard = vi.fn();
  document.body.addEventListener("keydown", heard);
  for (const key of [" ", " ", ".", ",", "l"]) expect(type(key).defaultPrevented).toBe(true);
  expect((sync.told as unknown[][]).filter(([name]) => name !== "show" && name !== "lead")).toEqual([
    ["play"],
    ["pause"],
    ["step", 1],
    ["step", -1],
    ["setLoop"],
  ]);
  sync.turn({ time: 2 });
  type("ArrowRight", { shiftKey: true });
  expect(sync.told.at(-2)).toEqual(["seek", 7]);
  expect(heard).not.toHaveBeenCalled();
  expect(type("q").defaultPrevented).toBe(false);
  expect(heard).toHaveBeenCalled();
});

test("JupyterLab skips the grid's keys, and no others", () => {
  const { root, type, find } = start(every["2x2"]);
  const skipped = (key: string, more = {}, target: Element = root) => {
    type(key, more, target);
    return root.hasAttribute("data-lm-suppress-shortcuts");
  };
  expect([skipped("w"), skipped("s", { ctrlKey: true }), skipped("q")]).toEqual([true, false, false]);
  expect(skipped("q", {}, find("select"))).toBe(true);
});

test("keys typed into a list stay there, and a focused button keeps its own", () => {
  const { type, find, mode, told } = start(every["2x2"]);
  expect(type("w", {}, find("select")).defaultPrevented).toBe(false);
  expect(type(" ", {}, find(".vgn-tool")).defaultPrevented).toBe(false);
  expect(mode()).toBe("grid");
  expect(told("play")).toEqual([]);
  type("w", {}, find(".vgn-tool"));
  expect(mode()).toBe("wipe");
});

test("a digit shows one clip alone, again all; players never leave their place in the page", () => {
  const { all, digit, mode, type } = start(every["2x2"]);
  const places = () => all("video").map((video) => video.parentElement);
  const before = places();
  const removed = vi.spyOn(Element.prototype, "remove");
  digit(3);
  expect(mode()).toBe("solo");
  expect(all(".vgn-a").map(labelOf)).toEqual(["Clip 3 of 4: kling-2-6-pro · seed 7"]);
  digit(3);
  expect(mode()).toBe("grid");
  for (const key of ["w", "b", "Escape"]) type(key);
  expect(mode()).toBe("grid");
  expect(places()).toEqual(before);
  expect(removed.mock.contexts.some((node) => (node as Element).querySelector?.("video"))).toBe(false);
  removed.mockRestore();
});

test("a wipe compares the last two that were clicked, and its handle is a slider", () => {
  const { all, find, type, mode } = start(every["3x3"]);
  for (const place of [7, 2]) all(".vgn-player")[place]?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  type("w");
  expect(mode()).toBe("wipe");
  expect([labelOf(find(".vgn-a")), labelOf(find(".vgn-b"))]).toEqual([
    "Clip 8 of 9: wan-2-5 · seed 8",
    "Clip 3 of 9: veo-3-1-fast · seed 9",
  ]);
  const handle = find(".vgn-handle");
  type("ArrowRight", { shiftKey: true }, handle);
  expect(handle.getAttribute("role")).toBe("slider");
  expect(handle.getAttribute("aria-valuetext")).toBe("60 % wan-2-5 · seed 8, 40 % veo-3-1-fast · seed 9");
  type("x");
  expect(labelOf(find(".vgn-a"))).toContain("Clip 3");
});

test("a comparison needs two clips", () => {
  const one = { ...every["3x3-running"], cells: every["3x3-running"].cells.slice(3, 6) };
  const { type, mode, find } = start(one);
  type("w");
  expect(mode()).toBe("grid");
  expect(find('[aria-label="Wipe"]').getAttribute("aria-disabled")).toBe("true");
});

test("a blink changes by itself at its pace, stays while B is held, and only by hand where motion is not wanted", () => {
  vi.useFakeTimers();
  const { find, type, root } = start(every["2x2"]);
  const onB = () => find(".vgn-cells").classList.contains("vgn-flip");
  type("b");
  const seen = [onB()];
  for (let step = 0; step < 3; step++) {
    vi.advanceTimersByTime(500);
    seen.push(onB());
  }
  expect(seen).toEqual([false, true, false, true]);
  type("w");
  root.dispatchEvent(new KeyboardEvent("keydown", { key: "b", bubbles: true }));
  vi.advanceTimersByTime(1000);
  expect(onB()).toBe(true);
  root.dispatchEvent(new KeyboardEvent("keyup", { key: "b", bubbles: true }));
  expect([onB(), find(".vgn-cells").dataset.mode]).toEqual([false, "wipe"]);

  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  const still = start(every["2x2"]);
  still.type("b");
  vi.advanceTimersByTime(5000);
  const flip = () => still.find(".vgn-cells").classList.contains("vgn-flip");
  expect(flip()).toBe(false);
  still.type("x");
  expect(flip()).toBe(true);
});

test("sound is off until asked for, and then of the chosen clip alone", () => {
  const { all, digit, type } = start(every["2x2"]);
  const loud = () => all("video").map((video) => !(video as HTMLVideoElement).muted);
  expect(loud()).toEqual([false, false, false, false]);
  type("ArrowDown");
  type("ArrowDown");
  type("m");
  expect(loud()).toEqual([false, true, false, false]);
  digit(4);
  expect(loud()).toEqual([false, false, false, true]);
});

test("an offset is counted in frames of its clip and shown in its cell", () => {
  const { all, find, type, told } = start(every["2x2"]);
  type("ArrowDown");
  type("]");
  type("]");
  expect(told("shift").at(-1)).toEqual(["shift", 0, 2 / 24]);
  expect(all(".vgn-offset")[0]?.textContent).toBe("+2 f");
  find(".vgn-shifted").click();
  expect(told("shift").at(-1)).toEqual(["shift", 0, 0]);
});

test("picks are told at once and shown; without a chosen clip there is nothing to pick", () => {
  const { type, picked, all, digit } = start(every["1x6"]);
  type("f");
  expect(picked).toEqual([]);
  digit(2);
  type("f");
  type("c");
  expect(picked.at(-1)).toEqual({ winner: "job2", favourites: ["job2"] });
  expect(all(".vgn-won .vgn-number").map(({ textContent }) => textContent)).toEqual(["2"]);
});

test("a paused grid tells each clip's frame, a playing one does not", () => {
  const { sync, all, find } = start(every["2x2"]);
  sync.turn({ time: 1.25, frame: 30 });
  const marks = () => all(".vgn-mark").map(({ textContent }) => textContent);
  expect(marks()).toEqual(Array(4).fill("frame 30"));
  expect(find(".vgn-scrub").getAttribute("aria-valuetext")).toBe("1.25 s, frame 30");
  sync.turn({ playing: true });
  expect(marks()).toEqual(Array(4).fill(""));
});

test("progress of one cell leaves the others alone, and its clip joins when it is there", () => {
  const { grid, sync, all, find, sent } = start(every["3x3-running"]);
  const running = every["3x3-running"].cells[5];
  const others = vi.fn();
  const watch = new MutationObserver(others);
  for (const [place, element] of all(".vgn-cell").entries()) {
    if (place !== 5) watch.observe(element, { subtree: true, childList: true, attributes: true, characterData: true });
  }
  grid.updateCell(5, readCell({ ...running, job: { ...running.job, progress: 0.8 } }));
  expect(all(".vgn-cell")[5]?.querySelector(".vgn-words")?.textContent).toBe("Generating 80 %");
  expect(watch.takeRecords()).toEqual([]);
  expect(find(".vgn-count").textContent).toBe("5 of 9 done · 1 without a clip");
  grid.updateCell(5, readCell({ ...cell(5, clips[5]), row: 1, column: 2 }));
  expect([...sync.added.keys()]).toContain(5);
  expect(sent("want").at(-1)).toEqual(["want", "job6"]);
  expect(find(".vgn-count").textContent).toBe("6 of 9 done · 1 without a clip");
});

test("a retried cell has another job, whose clip is another one", () => {
  const { grid, give, all } = start(every["2x2"]);
  give("job1");
  grid.updateCell(0, readCell({ ...every["3x3-running"].cells[6], key: "job1b", row: 0, column: 0 }));
  const video = all("video")[0];
  grid.updateCell(0, readCell({ ...cell(0, clips[0]), key: "job1b" }));
  expect(all("video")[0]?.hasAttribute("src")).toBe(false);
  expect(video?.hasAttribute("src")).toBe(false);
});

test("a failure stands in its place with its reason and its own Retry; all failed ones have one more", () => {
  const { find, sent, all } = start(every["3x3-running"]);
  expect(all(".vgn-cell")[4]?.querySelector(".vgn-summary")?.textContent).toContain("names a real person");
  find<HTMLButtonElement>(".vgn-cell .vgn-retry button").click();
  find<HTMLButtonElement>(".vgn-retry-failed button").click();
  expect([sent("retry"), sent("retryFailed")]).toEqual([[["retry", "job5"]], [["retryFailed"]]]);
  expect(find(".vgn-done").hidden).toBe(true);
});

test("Python hears that the grid is used, at most every five seconds", () => {
  vi.useFakeTimers();
  const { type, sync, sent } = start(every["2x2"]);
  for (let second = 0; second < 11; second++) {
    sync.turn({ playing: true, time: second });
    type(".");
    vi.advanceTimersByTime(1000);
  }
  expect(sent("used")).toHaveLength(3);
});

test("a grid that is gone listens to nothing and lets its players go", () => {
  const { grid, give, root, sync, all, type } = start(every["3x3-running"]);
  give("job1");
  const videos = all("video");
  grid.destroy();
  expect([sync.listening(), FakeScreen.all[0]?.targets.size, root.isConnected]).toEqual([0, 0, false]);
  expect(videos.some((video) => video.hasAttribute("src"))).toBe(false);
  document.body.append(root);
  expect(type("w").defaultPrevented).toBe(false);
});
