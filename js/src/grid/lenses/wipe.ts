/** The movable edge between two clips that lie on each other. */
import { el } from "../../dom";
import { attribute } from "../controls/tools";

/** Where the edge is, 0 (all B) to 1 (all A), for a pointer in the box; down the box if `vertical`. */
export function edgeAt(
  box: { left: number; top: number; width: number; height: number },
  pointer: { clientX: number; clientY: number },
  vertical: boolean,
): number {
  const [from, length] = vertical ? [box.top, box.height] : [box.left, box.width];
  const at = vertical ? pointer.clientY : pointer.clientX;
  return length > 0 ? Math.min(Math.max((at - from) / length, 0), 1) : 0.5;
}

/** Where a key on the edge moves it; null for keys that are not its own. */
export function edgeByKey(
  edge: number,
  { key, shiftKey }: { key: string; shiftKey: boolean },
  vertical: boolean,
): number | null {
  const step = shiftKey ? 0.1 : 0.01;
  // Down moves an edge that lies across the picture down, and is "less" where it does not.
  const down = vertical ? step : -step;
  const next = {
    ArrowLeft: edge - step,
    ArrowRight: edge + step,
    ArrowDown: edge + down,
    ArrowUp: edge - down,
    Home: 0,
    End: 1,
  }[key];
  return next === undefined ? null : Math.min(Math.max(next, 0), 1);
}

export interface Edge {
  element: HTMLElement;
  handle: HTMLElement;
  update(edge: number, vertical: boolean, names: readonly [string, string]): void;
}

/** The line with its handle, and what lies on either side of it. */
export function createEdge(): Edge {
  const handle = el("div", "vgn-handle");
  handle.tabIndex = 0;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", "Edge between the two clips");
  handle.setAttribute("aria-valuemin", "0");
  handle.setAttribute("aria-valuemax", "100");
  const sides = [el("div", "vgn-side vgn-side-a"), el("div", "vgn-side vgn-side-b")] as const;
  for (const side of sides) side.dir = "auto";
  const element = el("div", "vgn-edge", ...sides, handle);
  return {
    element,
    handle,
    update(edge, vertical, names) {
      element.classList.toggle("vgn-down", vertical);
      const shown = Math.round(edge * 100);
      attribute(handle, "aria-valuenow", String(shown));
      attribute(handle, "aria-valuetext", `${shown} % ${names[0]}, ${100 - shown} % ${names[1]}`);
      attribute(handle, "aria-orientation", vertical ? "vertical" : "horizontal");
      for (const [index, side] of sides.entries()) {
        const text = `${"AB"[index]}  ${names[index]}`;
        if (side.textContent !== text) side.textContent = text;
      }
    },
  };
}
