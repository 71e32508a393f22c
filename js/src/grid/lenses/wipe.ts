/** The movable edge between two clips that lie on each other. */
import { div, setAttributes, textLine, toggleClass } from "../../dom";
import { clamp } from "../../numbers";

/** Where the edge is for a pointer in the box, from 0 (all B) to 1 (all A); measured downwards if `vertical`. */
export function edgeAt(
  box: { left: number; top: number; width: number; height: number },
  pointer: { clientX: number; clientY: number },
  vertical: boolean,
): number {
  const [from, length] = vertical ? [box.top, box.height] : [box.left, box.width];
  const at = vertical ? pointer.clientY : pointer.clientX;
  return length > 0 ? clamp((at - from) / length, 0, 1) : 0.5;
}

/** Where a key moves the edge; null for keys that do not move it. */
export function edgeByKey(
  edge: number,
  { key, shiftKey }: { key: string; shiftKey: boolean },
  vertical: boolean,
): number | null {
  const step = shiftKey ? 0.1 : 0.01;
  // The down key moves a horizontal edge down; for a vertical edge, as for any slider, it is "less".
  const down = vertical ? step : -step;
  const next = {
    ArrowLeft: edge - step,
    ArrowRight: edge + step,
    ArrowDown: edge + down,
    ArrowUp: edge - down,
    Home: 0,
    End: 1,
  }[key];
  return next === undefined ? null : clamp(next, 0, 1);
}

export interface Edge {
  element: HTMLElement;
  update(edge: number, vertical: boolean, names: readonly [string, string]): void;
}

/** The line with its handle, and the names of the clips on either side. */
export function createEdge(): Edge {
  const handle = div("vgn-handle");
  setAttributes(handle, {
    tabindex: 0,
    role: "slider",
    "aria-label": "Edge between the two clips",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  });
  const sides = [textLine("vgn-side vgn-side-a"), textLine("vgn-side vgn-side-b")] as const;
  const element = div("vgn-edge", ...sides, handle);
  return {
    element,
    update(edge, vertical, names) {
      const percent = Math.round(edge * 100);
      toggleClass(element, "vgn-down", vertical);
      setAttributes(handle, {
        "aria-valuenow": percent,
        "aria-valuetext": `${percent} % ${names[0]}, ${100 - percent} % ${names[1]}`,
        "aria-orientation": vertical ? "vertical" : "horizontal",
      });
      for (const [index, side] of sides.entries()) {
        const text = `${"AB"[index]}  ${names[index]}`;
        if (side.textContent !== text) side.textContent = text;
      }
    },
  };
}
