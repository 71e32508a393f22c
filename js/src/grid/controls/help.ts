/** The list of keys, over the grid. */
import { el } from "../../dom";
import { HELP } from "./keys";

export interface Help {
  element: HTMLElement;
  /** Shows the list and gives it the keyboard, or hides it. */
  show(open: boolean): void;
}

export function createHelp(close: () => void): Help {
  const rows = HELP.map(([keys, does]) => el("div", "", el("dt", "", ...caps(keys)), el("dd", "", does)));
  const button = el("button", "vgn-button", "Close");
  button.type = "button";
  button.addEventListener("click", close);
  const sheet = el("div", "vgn-sheet", el("div", "vgn-title", "Keyboard"), el("dl", "vgn-keys", ...rows), button);
  sheet.setAttribute("role", "dialog");
  sheet.setAttribute("aria-label", "Keyboard");
  sheet.tabIndex = -1;
  const element = el("div", "vgn-help", sheet);
  element.hidden = true;
  element.addEventListener("click", (event) => {
    if (event.target === element) close();
  });
  return {
    element,
    show(open) {
      element.hidden = !open;
      if (open) sheet.focus({ preventScroll: true });
    },
  };
}

function caps(keys: string): (Node | string)[] {
  return keys.split(" ").map((key) => (key === "–" ? key : el("kbd", "", key)));
}
