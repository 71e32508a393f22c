import { expect, test } from "vitest";
import { edgeAt, edgeByKey } from "../../../src/grid/lenses/wipe";
import { pan, WHOLE, zoomTo } from "../../../src/grid/lenses/zoom";

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
