import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenToPointer } from "../../../src/grid/controls/pointer";
import { WHOLE, type Zoom } from "../../../src/grid/lenses/zoom";

const BOX = { left: 0, top: 0, width: 100, height: 100 } as DOMRect;
let surface: HTMLElement;
let zoom: Zoom;
let wiping: boolean;
let edges: number[];
let clicks: string[];
let stop: () => void;

beforeEach(() => {
  [zoom, wiping, edges, clicks] = [WHOLE, false, [], []];
  surface = document.body.appendChild(document.createElement("div"));
  surface.innerHTML = '<div class="vgn-player"><div></div></div><div class="vgn-handle"></div>';
  surface.setPointerCapture = vi.fn();
  (surface.querySelector(".vgn-player div") as HTMLElement).getBoundingClientRect = () => BOX;
  stop = listenToPointer(surface, {
    zoom: () => zoom,
    setZoom(next) {
      zoom = next;
    },
    wipe: () => (wiping ? { box: BOX, vertical: false } : null),
    setEdge: (edge) => edges.push(edge),
    click: () => clicks.push("click"),
    doubleClick: () => clicks.push("double"),
  });
});
afterEach(() => {
  stop();
  document.body.replaceChildren();
});

function fire(type: string, clientX = 0, clientY = 0, more: object = {}, selector = ".vgn-player div"): Event {
  const values = { clientX, clientY, pointerId: 1, button: 0, ctrlKey: false, metaKey: false, deltaY: 0, ...more };
  const event = Object.assign(new Event(type, { bubbles: true, cancelable: true }), values);
  surface.querySelector(selector)?.dispatchEvent(event);
  return event;
}

/** Presses at the first point, moves through the others, and releases at the last. */
function drag(points: [number, number][], selector?: string): void {
  const [first = [0, 0], ...rest] = points;
  fire("pointerdown", ...first, {}, selector);
  for (const point of rest) fire("pointermove", ...point, {}, selector);
  fire("pointerup", ...(points.at(-1) ?? first), {}, selector);
  fire("click", 0, 0, {}, selector);
}

test("a press that hardly moves is a click, a drag is none", () => {
  drag([
    [10, 10],
    [12, 11],
  ]);
  expect(clicks).toEqual(["click"]);
  drag([
    [10, 10],
    [40, 10],
  ]);
  expect(clicks).toEqual(["click"]);
  drag([[10, 10]]);
  fire("dblclick");
  expect(clicks).toEqual(["click", "click", "double"]);
});

test("a drag moves the picture once it is zoomed, and nothing before", () => {
  drag([
    [10, 10],
    [30, 10],
  ]);
  expect(zoom).toEqual(WHOLE);
  zoom = { scale: 2, x: -0.5, y: -0.5 };
  drag([
    [10, 10],
    [30, 10],
    [30, 40],
  ]);
  expect(zoom.scale).toBe(2);
  expect([zoom.x, zoom.y]).toEqual([expect.closeTo(-0.3), expect.closeTo(-0.2)]);
});

test("two fingers zoom by their distance, and keep the point between them", () => {
  zoom = { scale: 2, x: -0.5, y: -0.5 };
  fire("pointerdown", 40, 50);
  fire("pointerdown", 60, 50, { pointerId: 2 });
  fire("pointermove", 80, 50, { pointerId: 2 });
  expect(zoom.scale).toBeCloseTo(4);
  expect((0.6 - zoom.x) / zoom.scale).toBeCloseTo(0.5);
  fire("pointermove", 20, 50);
  expect(zoom.scale).toBeCloseTo(6);
  expect((0.5 - zoom.x) / zoom.scale).toBeCloseTo(0.5);
  fire("pointerup");
  fire("pointerup", 0, 0, { pointerId: 2 });
  const before = zoom;
  fire("pointermove", 90, 50);
  expect(zoom).toBe(before);
});

test("the wipe's edge goes to the pointer, and with its handle also where the picture is zoomed", () => {
  wiping = true;
  drag([
    [25, 0],
    [60, 0],
  ]);
  expect(edges).toEqual([0.25, 0.6]);
  zoom = { scale: 2, x: -0.5, y: 0 };
  drag([
    [60, 0],
    [70, 0],
  ]);
  expect(edges).toEqual([0.25, 0.6]);
  expect(zoom.x).toBeCloseTo(-0.4);
  drag(
    [
      [60, 0],
      [80, 0],
    ],
    ".vgn-handle",
  );
  expect(edges).toEqual([0.25, 0.6, 0.8]);
});

test("the wheel zooms with Ctrl only, at the pointer, and more for a trackpad's small steps", () => {
  expect(fire("wheel", 50, 50, { deltaY: -100 }).defaultPrevented).toBe(false);
  expect(zoom).toEqual(WHOLE);
  expect(fire("wheel", 25, 50, { deltaY: -100, ctrlKey: true }).defaultPrevented).toBe(true);
  expect(zoom.scale).toBeCloseTo(Math.exp(0.25));
  expect((0.25 - zoom.x) / zoom.scale).toBeCloseTo(0.25);
  zoom = WHOLE;
  fire("wheel", 50, 50, { deltaY: -10, metaKey: true });
  expect(zoom.scale).toBeCloseTo(Math.exp(0.1));
});

test("another button, and a pointer beside the clips, do nothing", () => {
  zoom = { scale: 2, x: -0.5, y: -0.5 };
  const before = zoom;
  fire("pointerdown", 10, 10, { button: 2 });
  fire("pointermove", 50, 50, { button: 2 });
  expect(zoom).toBe(before);
});
