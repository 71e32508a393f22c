/** Pointer and wheel on the clips: choosing, panning and zooming in step, moving the wipe's edge. */
import { edgeAt } from "../lenses/wipe";
import { pan, type Zoom, zoomTo } from "../lenses/zoom";

export interface HandsOn {
  zoom(): Zoom;
  setZoom(zoom: Zoom): void;
  /** The wipe's box and direction, while there is one. */
  wipe(): { box: DOMRect; vertical: boolean } | null;
  setEdge(edge: number): void;
  /** A click on the cell that holds `target`, or two. */
  click(target: Element): void;
  open(target: Element): void;
}

const SLIP = 4;
const WHEEL = 0.0025;

/** Listens on `surface` until the returned function is called. */
export function createHands(surface: HTMLElement, on: HandsOn): () => void {
  const pointers = new Map<number, PointerEvent>();
  let doing: "nothing" | "edge" | "pan" | "pinch" = "nothing";
  let moved = false;
  let box: DOMRect | null = null;

  const boxOf = (target: EventTarget | null) =>
    (target as Element | null)?.closest?.(".vgn-player")?.firstElementChild?.getBoundingClientRect() ?? null;
  const wipeTo = (event: PointerEvent) => {
    const wipe = on.wipe();
    if (wipe) on.setEdge(edgeAt(wipe.box, event, wipe.vertical));
  };

  const down = (event: PointerEvent) => {
    const target = event.target as Element;
    const handle = target.closest(".vgn-handle");
    if (event.button !== 0 || (!handle && !target.closest(".vgn-player"))) return;
    moved = false;
    pointers.set(event.pointerId, event);
    box = boxOf(target) ?? box;
    if (pointers.size === 2 && box) doing = "pinch";
    else if (on.wipe() && (handle || on.zoom().scale === 1)) {
      doing = "edge";
      if (!handle) wipeTo(event);
    } else doing = on.zoom().scale > 1 ? "pan" : "nothing";
    if (doing === "edge") surface.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
    if (!moved && Math.hypot(dx, dy) < SLIP) return;
    if (!moved && doing !== "nothing") surface.setPointerCapture(event.pointerId);
    moved = true;
    if (doing === "edge") wipeTo(event);
    else if (doing === "pan" && box) on.setZoom(pan(on.zoom(), dx / box.width, dy / box.height));
    else if (doing === "pinch" && box) {
      const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
      if (other) on.setZoom(pinched(on.zoom(), box, last, event, other));
    }
    pointers.set(event.pointerId, event);
  };
  const up = (event: PointerEvent) => {
    pointers.delete(event.pointerId);
    if (!pointers.size) doing = "nothing";
  };
  const click = (event: MouseEvent) => {
    // The end of a drag is no click.
    if (!moved) on.click(event.target as Element);
    moved = false;
  };
  const open = (event: MouseEvent) => on.open(event.target as Element);
  const wheel = (event: WheelEvent) => {
    const box = boxOf(event.target);
    if (!box || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const zoom = on.zoom();
    // A wheel's notch is about a hundred, a trackpad's pinch a few.
    const scale = zoom.scale * Math.exp(-event.deltaY * (Math.abs(event.deltaY) < 30 ? 4 * WHEEL : WHEEL));
    on.setZoom(zoomTo(zoom, scale, ...inBox(box, event.clientX, event.clientY)));
  };

  const stop = new AbortController();
  const options = { signal: stop.signal, passive: false };
  surface.addEventListener("pointerdown", down, options);
  surface.addEventListener("pointermove", move, options);
  surface.addEventListener("pointerup", up, options);
  surface.addEventListener("pointercancel", up, options);
  surface.addEventListener("click", click, options);
  surface.addEventListener("dblclick", open, options);
  surface.addEventListener("wheel", wheel, options);
  return () => stop.abort();
}

function inBox(box: DOMRect, x: number, y: number): [number, number] {
  return [(x - box.left) / box.width, (y - box.top) / box.height];
}

/** One finger of two has moved: the picture grows with their distance, and moves with their middle. */
function pinched(zoom: Zoom, box: DOMRect, from: PointerEvent, to: PointerEvent, still: PointerEvent): Zoom {
  const apart = (finger: PointerEvent) => Math.hypot(finger.clientX - still.clientX, finger.clientY - still.clientY);
  const middle = inBox(box, (to.clientX + still.clientX) / 2, (to.clientY + still.clientY) / 2);
  const [dx, dy] = [(to.clientX - from.clientX) / 2 / box.width, (to.clientY - from.clientY) / 2 / box.height];
  return zoomTo(pan(zoom, dx, dy), zoom.scale * (apart(to) / Math.max(apart(from), 1)), ...middle);
}
