import { expect, test } from "vitest";
import { bindingOf, HELP } from "../../src/grid/controls/keys";
import { edgeAt, edgeByKey } from "../../src/grid/lenses/wipe";
import { pan, WHOLE, zoomTo } from "../../src/grid/lenses/zoom";
import { choose, neighbour, pairOf } from "../../src/grid/view_mode";

const press = (key: string, more = {}) =>
  bindingOf({ key, code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("each key of the help means something, and keys are the same in either case", () => {
  for (const [key, command] of Object.entries({ " ": "play", w: "wipe", B: "blink", F: "favourite", c: "winner" })) {
    expect(press(key)?.[0]).toBe(command);
  }
  expect([press(","), press("."), press("[")]).toEqual([
    ["step", -1],
    ["step", 1],
    ["shift", -1],
  ]);
  expect([press("ArrowLeft"), press("ArrowRight", { shiftKey: true })]).toEqual([
    ["scrub", -1],
    ["scrub", 5],
  ]);
  const letters = HELP.map(([keys]) => keys).filter((keys) => /^[A-Z]$/.test(keys));
  expect(letters.every((letter) => press(letter) !== null)).toBe(true);
});

test("digits are read by their place, since some keyboards type them with shift", () => {
  expect(press("&", { code: "Digit1" })).toEqual(["choose", 0]);
  expect(press("9", { code: "Numpad9" })).toEqual(["choose", 8]);
  expect(press("0", { code: "Digit0" })).toEqual(["zoom", 0]);
});

test("keys with Ctrl, Alt or Cmd are the browser's, but brackets may need AltGr", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) expect(press("f", { [held]: true })).toBeNull();
  expect(press("]", { ctrlKey: true, altKey: true })).toEqual(["shift", 1]);
  expect([press("q"), press("Tab"), press("toString")]).toEqual([null, null, null]);
});

test("the wipe's edge is where the pointer is, and never leaves the box", () => {
  const box = { left: 100, top: 50, width: 200, height: 100 };
  const at = (clientX: number, clientY: number, vertical = false) => edgeAt(box, { clientX, clientY }, vertical);
  expect([at(150, 0), at(0, 0), at(900, 0)]).toEqual([0.25, 0, 1]);
  expect(at(0, 75, true)).toBe(0.25);
  expect(edgeAt({ ...box, width: 0 }, { clientX: 1, clientY: 1 }, false)).toBe(0.5);
});

test("the wipe's edge moves by keys, the way they point, and stops at its ends", () => {
  const by = (key: string, vertical = false, shiftKey = false) => edgeByKey(0.5, { key, shiftKey }, vertical);
  expect([by("ArrowRight"), by("ArrowLeft"), by("Home"), by("End")]).toEqual([0.51, 0.49, 0, 1]);
  expect([by("ArrowDown"), by("ArrowDown", true), by("ArrowUp", true)]).toEqual([0.49, 0.51, 0.49]);
  expect(by("ArrowRight", false, true)).toBeCloseTo(0.6);
  expect(edgeByKey(0.995, { key: "ArrowRight", shiftKey: false }, false)).toBe(1);
  expect(by("x")).toBeNull();
});

test("what lies under the pointer stays there while the picture grows", () => {
  let zoom = WHOLE;
  const under = (x: number) => (x - zoom.x) / zoom.scale;
  for (const scale of [2, 3.5, 9]) {
    const before = under(0.3);
    zoom = zoomTo(zoom, scale, 0.3, 0.8);
    expect(under(0.3)).toBeCloseTo(before);
  }
  expect(zoomTo(zoom, 0.1)).toEqual(WHOLE);
  expect(zoomTo(zoom, 99).scale).toBe(16);
});

test("panning never shows what lies beside the picture", () => {
  const zoom = zoomTo(WHOLE, 2);
  expect(pan(zoom, 5, -5)).toEqual({ scale: 2, x: 0, y: -1 });
  expect(pan(WHOLE, 0.2, 0.2)).toEqual(WHOLE);
});

test("compared are the last two chosen, else the winner or the first with another", () => {
  const places = [1, 2, 4, 6];
  expect(pairOf([], places, null)).toEqual([1, 2]);
  expect(pairOf([], places, 4)).toEqual([4, 1]);
  expect(pairOf([6], places, 4)).toEqual([4, 6]);
  expect(pairOf([4], places, 4)).toEqual([1, 4]);
  expect(pairOf([6, 2], places, 4)).toEqual([6, 2]);
  // One that has no clip any more is not compared.
  expect(pairOf([3, 2], places, null)).toEqual([1, 2]);
  expect(pairOf([], [3], null)).toEqual([3, 3]);
});

test("choosing remembers two different clips, and moving goes round the ends", () => {
  let stand = { mode: "grid" as const, chosen: null, recent: [] } as Parameters<typeof choose>[0];
  for (const place of [3, 5, 5, 1]) stand = choose(stand, place);
  expect(stand).toEqual({ mode: "grid", chosen: 1, recent: [5, 1] });
  expect([neighbour(null, [2, 4], 1), neighbour(null, [2, 4], -1), neighbour(4, [2, 4], 1)]).toEqual([2, 4, 2]);
  expect(neighbour(1, [], 1)).toBeNull();
});
