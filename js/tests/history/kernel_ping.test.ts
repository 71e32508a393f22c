import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BUSY, createKernelPing, SILENT, watchInteractions } from "../../src/history/kernel_ping";

let pings: number[];
let said: (string | null)[];
let kernel: ReturnType<typeof createKernelPing>;
const line = () => said.at(-1) ?? null;

beforeEach(() => {
  vi.useFakeTimers();
  pings = [];
  said = [];
  kernel = createKernelPing(
    (number) => pings.push(number),
    (words) => said.push(words),
  );
});
afterEach(() => {
  kernel.destroy();
  vi.useRealTimers();
  document.body.replaceChildren();
});

test("a kernel that answers within 0.8 s is not mentioned", () => {
  kernel.interaction();
  vi.advanceTimersByTime(799);
  kernel.pong();
  vi.advanceTimersByTime(60_000);
  expect(said.filter(Boolean)).toEqual([]);
});

test("a kernel that does not answer is running a cell, until it answers", () => {
  kernel.interaction();
  vi.advanceTimersByTime(800);
  expect(line()).toBe(BUSY);
  kernel.pong();
  expect(line()).toBeNull();
});

test("pressing on and on does not put off the word that nobody answers", () => {
  for (let press = 0; press <= 50; press += 1) {
    kernel.interaction();
    vi.advanceTimersByTime(200);
  }
  expect(line()).toBe(SILENT);
});

test("presses ask at most once a second, and pressing on does not put the line off", () => {
  for (let press = 0; press < 25; press += 1) {
    kernel.interaction();
    vi.advanceTimersByTime(100);
  }
  expect(pings).toEqual([1, 2, 3]);
  expect(line()).toBe(BUSY);
  kernel.pong();
  vi.advanceTimersByTime(60_000);
  expect(line()).toBeNull();
});

test("ten seconds without a word are told apart from a kernel that still sends progress", () => {
  kernel.interaction();
  vi.advanceTimersByTime(9000);
  kernel.message();
  vi.advanceTimersByTime(9000);
  expect(line()).toBe(BUSY);
  vi.advanceTimersByTime(1000);
  expect(line()).toBe(SILENT);
  kernel.message();
  expect(line()).toBe(BUSY);
  kernel.pong();
  expect(line()).toBeNull();
});

test("progress alone does not claim that presses are heard, nor that they are not", () => {
  kernel.message();
  expect(said).toEqual([]);
  kernel.interaction();
  kernel.message();
  expect(line()).toBeNull();
});

test("presses anywhere in the panel count, those outside and those after the end do not", () => {
  const panel = document.body.appendChild(document.createElement("div"));
  panel.className = "vgn-panel";
  const [field, history] = [document.createElement("input"), document.createElement("div")];
  panel.append(field);
  const act = vi.fn();
  const stop = watchInteractions(history, act);
  panel.append(history);
  // Even where a control keeps its events to itself.
  field.addEventListener("keydown", (event) => event.stopPropagation());
  const press = (target: EventTarget) => {
    target.dispatchEvent(new Event("keydown", { bubbles: true, composed: true }));
    target.dispatchEvent(new Event("pointerdown", { bubbles: true, composed: true }));
  };
  press(document.body);
  expect(act).not.toHaveBeenCalled();
  press(field);
  expect(act).toHaveBeenCalledTimes(2);
  stop();
  press(field);
  expect(act).toHaveBeenCalledTimes(2);
});
