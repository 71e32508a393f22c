import { beforeEach, expect, test } from "vitest";
import {
  barFraction,
  clock,
  createProgress,
  type Progress,
  remainingText,
  sizeText,
  statusText,
} from "../../src/job/progress";
import { type JobView, readView } from "../../src/protocol/job";
import { running } from "../harness/states.js";

const view = (change: Partial<JobView>): JobView => ({ ...readView(running), ...change });

test.each([
  [{ phase: "submitting" }, "Submitting…"],
  [{ phase: "queued" }, "Queued"],
  [{ phase: "queued", position: 0 }, "Queued · next in line"],
  [{ phase: "queued", position: 1 }, "Queued · 2nd in line"],
  [{ phase: "queued", position: 2 }, "Queued · 3rd in line"],
  [{ phase: "queued", position: 10 }, "Queued · 11th in line"],
  [{ phase: "queued", position: 111 }, "Queued · 112th in line"],
  [{ phase: "queued", position: 100 }, "Queued · 101st in line"],
  [{ progress: null }, "Generating…"],
  [{ progress: 0 }, "Generating 0 %"],
  [{ progress: 0.429 }, "Generating 42 %"],
  [{ progress: 1 }, "Finishing…"],
  [{ phase: "downloading", received: 1.2e6, total: 3e6 }, "Downloading 1.2 of 3.0 MB"],
  [{ phase: "downloading" }, "Downloading …"],
] as [Partial<JobView>, string][])("%j reads %s", (change, words) => {
  expect(statusText(view(change))).toBe(words);
});

test.each([
  [0, "a few seconds left"],
  [-20, "a few seconds left"],
  [7, "about 7 s left"],
  [20, "about 20 s left"],
  [21, "about 25 s left"],
  [58, "about 1 min left"],
  [150, "about 3 min left"],
  [3600, "about 1 h left"],
  [4200, "about 1 h 10 min left"],
])("%d seconds are estimated as %s", (seconds, words) => {
  expect(remainingText(seconds)).toBe(words);
});

test("clocks and sizes are short and keep one unit", () => {
  expect([7, 67, 3723].map(clock)).toEqual(["0:07", "1:07", "1:02:03"]);
  expect(sizeText(120e3, 800e3)).toBe("120 of 800 kB");
  expect(sizeText(5e5, 3e6)).toBe("0.5 of 3.0 MB");
  expect(sizeText(2.5e6, null)).toBe("2.5 MB");
  expect(sizeText(1.25e9, 2e9)).toBe("1.25 of 2.00 GB");
});

test("making and fetching share one bar that only rises", () => {
  const steps = [
    view({ progress: 0 }),
    view({ progress: 0.5 }),
    view({ progress: 1 }),
    view({ phase: "downloading", received: 0, total: 10 }),
    view({ phase: "downloading", received: 10, total: 10 }),
    view({ phase: "ended" }),
  ].map((step) => barFraction(step) ?? -1);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect([steps[0], steps.at(-1)]).toEqual([0, 1]);
  expect(barFraction(view({ progress: null }))).toBeNull();
  expect(barFraction(view({ phase: "queued", progress: 0.3 }))).toBeNull();
});

let progress: Progress;
const part = (name: string) => progress.element.querySelector<HTMLElement>(`.vgn-${name}`) as HTMLElement;

beforeEach(() => {
  progress = createProgress(document.createElement("div"));
});

test("progress that falls back or is lost leaves the bar and the words where they were", () => {
  progress.update(view({ progress: 0.6 }), 0);
  const [words, fill] = [part("words").textContent, part("fill").style.transform];
  expect(words).toBe("Generating 60 %");
  for (const next of [0.3, null]) {
    progress.update(view({ progress: next }), 0);
    expect([part("words").textContent, part("fill").style.transform]).toEqual([words, fill]);
  }
  progress.update(view({ id: "another job", progress: 0.1 }), 0);
  expect(part("words").textContent).toBe("Generating 10 %");
});

test("the bar tells assistive technology its value in words, and a number only when it is known", () => {
  progress.update(view({ progress: null }), 0);
  expect(part("bar").getAttribute("role")).toBe("progressbar");
  expect(part("bar").hasAttribute("aria-valuenow")).toBe(false);
  expect(part("bar").classList).toContain("vgn-unknown");
  progress.update(view({ progress: 0.5 }), 0);
  expect(part("bar").getAttribute("aria-valuenow")).toBe("48");
  expect(part("bar").getAttribute("aria-valuetext")).toBe("Generating 50 %");
  expect(part("bar").classList).not.toContain("vgn-unknown");
});

test("time goes on between views and stops being guessed after a minute without one", () => {
  const at = (since: number) => {
    progress.update(view({ elapsed: 10, remaining: 30 }), since);
    return [part("elapsed").textContent, part("left").textContent];
  };
  expect(at(0)).toEqual(["0:10", "about 30 s left"]);
  expect(at(12.4)).toEqual(["0:22", "about 20 s left"]);
  expect(at(59)).toEqual(["1:09", "a few seconds left"]);
  expect(at(60)).toEqual(["1:10", "waiting for the kernel"]);
  expect(at(3600)).toEqual(["1:10", "waiting for the kernel"]);
  expect(at(0)).toEqual(["0:10", "about 30 s left"]);
});
