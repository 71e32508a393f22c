/** The list of keys, shown over the grid. */
import { button, div, el, listen, setAttributes } from "../../dom";
import { keyList } from "./keys";

export interface Help {
  element: HTMLElement;
  /** Shows the list and gives it the keyboard focus, or hides it. */
  show(open: boolean): void;
}

export function createHelp(close: () => void): Help {
  const rows = keyList().map(([keys, help]) => div("", el("dt", "", ...keyCaps(keys)), el("dd", "", help)));
  const list = el("dl", "vgn-keys", ...rows);
  const sheet = div("vgn-sheet", div("vgn-title", "Keyboard"), list, button("vgn-button", "Close", close));
  setAttributes(sheet, { role: "dialog", "aria-label": "Keyboard", tabindex: -1 });
  const element = div("vgn-help", sheet);
  element.hidden = true;
  listen(element, { click: (event) => event.target === element && close() });
  return {
    element,
    show(open) {
      element.hidden = !open;
      if (open) sheet.focus({ preventScroll: true });
    },
  };
}

function keyCaps(keys: string): (Node | string)[] {
  return keys.split(" ").map((key) => (key === "–" ? key : el("kbd", "", key)));
}
