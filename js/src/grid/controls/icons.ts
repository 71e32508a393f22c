/** The icons of the grid's buttons: strokes on 16 × 16, in the colour of the text. */
import { setAttributes } from "../../dom";

const NS = "http://www.w3.org/2000/svg";

const PATHS = {
  play: "M5 3v10l8-5z",
  pause: "M5 3v10M11 3v10",
  back: "M12 4L7 8l5 4zM4 4v8",
  forward: "M4 4l5 4-5 4zM12 4v8",
  less: "M4 8h8",
  more: "M4 8h8M8 4v8",
  loop: "M3 9V7a3 3 0 0 1 3-3h7M11 2l2 2-2 2M13 7v2a3 3 0 0 1-3 3H3M5 14l-2-2 2-2",
  sound: "M3 6v4h2l3 3V3L5 6zM11 6a3 3 0 0 1 0 4M12.5 3.5a6 6 0 0 1 0 9",
  mute: "M3 6v4h2l3 3V3L5 6zM11 6l4 4M15 6l-4 4",
  grid: "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z",
  solo: "M2 3.5h12v9H2z",
  wipe: "M2 3.5h12v9H2zM8 1.5v13",
  blink: "M2 2.5h8v6H2zM6 8.5v5h8v-7h-4",
  full: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  star: "M8 1.8l1.9 4 4.3.5-3.2 3 .9 4.3L8 11.5l-3.9 2.1.9-4.3-3.2-3 4.3-.5z",
  crown: "M2.5 12.5h11M2.5 10L2 4l3.5 2.5L8 3l2.5 3.5L14 4l-.5 6z",
};

export type IconName = keyof typeof PATHS;

export function createIcon(name: IconName): SVGElement {
  const svg = document.createElementNS(NS, "svg");
  setAttributes(svg, { viewBox: "0 0 16 16", class: "vgn-icon", "aria-hidden": true });
  svg.append(document.createElementNS(NS, "path"));
  setIcon(svg, name);
  return svg;
}

/** Changes which icon is shown. */
export function setIcon(svg: SVGElement, name: IconName): void {
  setAttributes(svg.firstElementChild as Element, { d: PATHS[name] });
}
