/** Pointer and wheel on the clips: choosing, panning and zooming together, moving the wipe's edge. */
import { listen } from "../../dom";
import { edgeAt } from "../lenses/wipe";
import { pan, type Zoom, zoomTo } from "../lenses/zoom";

export interface PointerActions {
  zoom(): Zoom;
  setZoom(zoom: Zoom): void;
  /** The wipe's box and direction; null if no wipe is shown. */
  wipe(): { box: DOMRect; vertical: boolean } | null;
  setEdge(edge: number): void;
  click(target: Element): void;
  doubleClick(target: Element): void;
}

type Gesture = "none" | "edge" | "pan" | "pinch";

/** Pixels that a pointer may move in a click. */
const CLICK_TOLERANCE = 4;
/** Logarithmic zoom for a pixel of the wheel; a step of a wheel is about a hundred pixels, of a trackpad's pinch a few. */
const WHEEL_ZOOM = 0.0025;
const [PINCH_MAX, PINCH_FACTOR] = [30, 4];

/** Listens on `surface` until the returned function is called. */
export function listenToPointer(surface: HTMLElement, actions: PointerActions): () => void {
  const pointers = new Map<number, PointerEvent>();
  let gesture: Gesture = "none";
  let moved = false;
  let box: DOMRect | null = null;

  const moveEdge = (event: PointerEvent) => {
    const wipe = actions.wipe();
    if (wipe) actions.setEdge(edgeAt(wipe.box, event, wipe.vertical));
  };
  const gestureFor = (onHandle: boolean): Gesture => {
    const zoomed = actions.zoom().scale > 1;
    if (pointers.size === 2 && box) return "pinch";
    if (actions.wipe() && (onHandle || !zoomed)) return "edge";
    return zoomed ? "pan" : "none";
  };
  const onDown = (event: PointerEvent) => {
    const target = event.target as Element;
    const handle = target.closest(".vgn-handle");
    if (event.button !== 0 || (!handle && !target.closest(".vgn-player"))) return;
    moved = false;
    pointers.set(event.pointerId, event);
    box = boxOf(target) ?? box;
    gesture = gestureFor(handle !== null);
    if (gesture !== "edge") return;
    if (!handle) moveEdge(event);
    surface.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const last = pointers.get(event.pointerId);
    if (!last || (!moved && distance(last, event) < CLICK_TOLERANCE)) return;
    if (!moved && gesture !== "none") surface.setPointerCapture(event.pointerId);
    moved = true;
    drag(last, event);
    pointers.set(event.pointerId, event);
  };
  const drag = (from: PointerEvent, to: PointerEvent) => {
    const other = [...pointers.values()].find(({ pointerId }) => pointerId !== to.pointerId);
    if (gesture === "edge") moveEdge(to);
    else if (gesture === "pan" && box) actions.setZoom(panned(actions.zoom(), box, from, to));
    else if (gesture === "pinch" && box && other) actions.setZoom(pinched(actions.zoom(), box, from, to, other));
  };
  const onUp = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) gesture = "none";
  };
  const onClick = (event: MouseEvent) => {
    // A drag ends with a click event, too.
    if (!moved) actions.click(event.target as Element);
    moved = false;
  };
  const onWheel = (event: WheelEvent) => {
    const under = boxOf(event.target as Element);
    if (!under || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const zoom = actions.zoom();
    const factor = Math.abs(event.deltaY) < PINCH_MAX ? PINCH_FACTOR * WHEEL_ZOOM : WHEEL_ZOOM;
    const scale = zoom.scale * Math.exp(-event.deltaY * factor);
    actions.setZoom(zoomTo(zoom, scale, ...inBox(under, event.clientX, event.clientY)));
  };

  const handlers = {
    pointerdown: onDown,
    pointermove: onMove,
    pointerup: onUp,
    pointercancel: onUp,
    click: onClick,
    dblclick: (event: MouseEvent) => actions.doubleClick(event.target as Element),
    wheel: onWheel,
  };
  return listen(surface, handlers, { passive: false });
}

/** The box of the picture that `target` belongs to. */
function boxOf(target: Element): DOMRect | null {
  return target.closest(".vgn-player")?.firstElementChild?.getBoundingClientRect() ?? null;
}

function inBox(box: DOMRect, x: number, y: number): [number, number] {
  return [(x - box.left) / box.width, (y - box.top) / box.height];
}

function distance(one: PointerEvent, other: PointerEvent): number {
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}

/** A pointer has moved: the picture moves with it. */
function panned(zoom: Zoom, box: DOMRect, from: PointerEvent, to: PointerEvent): Zoom {
  return pan(zoom, (to.clientX - from.clientX) / box.width, (to.clientY - from.clientY) / box.height);
}

/** One of two fingers has moved: the picture is scaled by their distance and moved with the point between them. */
function pinched(zoom: Zoom, box: DOMRect, from: PointerEvent, to: PointerEvent, still: PointerEvent): Zoom {
  const middle = inBox(box, (to.clientX + still.clientX) / 2, (to.clientY + still.clientY) / 2);
  const [dx, dy] = [(to.clientX - from.clientX) / 2 / box.width, (to.clientY - from.clientY) / 2 / box.height];
  return zoomTo(pan(zoom, dx, dy), zoom.scale * (distance(to, still) / Math.max(distance(from, still), 1)), ...middle);
}
