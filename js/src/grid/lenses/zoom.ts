/** Looking at detail: one magnification for all clips, each in its own box. */

/** Magnification, and where the box's top left corner then lies, as fractions of the box: 0 or less. */
export interface Zoom {
  scale: number;
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
const MOST = 16;
/** From here on single pixels are what one looks at. */
export const PIXELS = 4;

/** Magnifies to `scale` so that what lies under (`x`, `y`), fractions of the box, stays there. */
export function zoomTo(zoom: Zoom, scale: number, x = 0.5, y = 0.5): Zoom {
  const next = Math.min(Math.max(scale, 1), MOST);
  const keep = (offset: number, at: number) => at - ((at - offset) / zoom.scale) * next;
  return within({ scale: next, x: keep(zoom.x, x), y: keep(zoom.y, y) });
}

/** Moves the picture by fractions of the box. */
export function pan(zoom: Zoom, dx: number, dy: number): Zoom {
  return within({ scale: zoom.scale, x: zoom.x + dx, y: zoom.y + dy });
}

/** The picture never leaves a gap in its box. */
function within({ scale, x, y }: Zoom): Zoom {
  const held = (offset: number) => Math.min(Math.max(offset, 1 - scale), 0) || 0;
  return { scale, x: held(x), y: held(y) };
}
