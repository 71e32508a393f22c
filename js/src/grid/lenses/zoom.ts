/** Zoom: one magnification for all clips, each in its own box. */
import { clamp } from "../../numbers";

/** The magnification, and the offset of the picture's top left corner in fractions of the box: 0 or less. */
export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
const MAX_SCALE = 16;
/** From this scale on pixels are drawn sharp. */
export const PIXELS = 4;

/** Zooms to `scale`; the point of the picture at (`x`, `y`), in fractions of the box, stays where it is. */
export function zoomTo(zoom: Zoom, scale: number, x = 0.5, y = 0.5): Zoom {
  const next = clamp(scale, 1, MAX_SCALE);
  const keep = (offset: number, at: number) => at - ((at - offset) / zoom.scale) * next;
  return within({ scale: next, x: keep(zoom.x, x), y: keep(zoom.y, y) });
}

/** Moves the picture by fractions of the box. */
export function pan(zoom: Zoom, dx: number, dy: number): Zoom {
  return within({ scale: zoom.scale, x: zoom.x + dx, y: zoom.y + dy });
}

/** Keeps the box covered by the picture. */
function within({ scale, x, y }: Zoom): Zoom {
  const covering = (offset: number) => clamp(offset, 1 - scale, 0) || 0;
  return { scale, x: covering(x), y: covering(y) };
}
