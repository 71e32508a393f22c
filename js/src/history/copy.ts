/** A button that copies text, and shows it selected where the page may not copy. */
import { el, setText } from "../dom";

const COPIED_MS = 2000;

export interface Copy {
  element: HTMLElement;
  destroy(): void;
}

/** `refused` gets the text when the clipboard is closed to this page. */
export function createCopy(label: string, text: () => string, refused: (text: string) => void): Copy {
  const button = el("button", "vgn-button", label);
  button.type = "button";
  let timer: ReturnType<typeof setTimeout> | undefined;

  button.addEventListener("click", async () => {
    const copied = text();
    try {
      // There is none where the page came over plain HTTP from another machine.
      await navigator.clipboard.writeText(copied);
      setText(button, "Copied");
      clearTimeout(timer);
      timer = setTimeout(setText, COPIED_MS, button, label);
    } catch {
      refused(copied);
    }
  });
  return { element: button, destroy: () => clearTimeout(timer) };
}

export interface CopyBox {
  element: HTMLElement;
  /** Shows `text` selected, ready for the keys that copy. */
  show(text: string): void;
  hide(): void;
}

export function createCopyBox(): CopyBox {
  const area = el("textarea", "vgn-copied");
  area.readOnly = true;
  area.spellcheck = false;
  area.setAttribute("aria-label", "Text to copy");
  const words = el("div", "vgn-why", "This page may not use the clipboard. Copy the text from here:");
  const element = el("div", "vgn-copybox", words, area);
  element.hidden = true;
  return {
    element,
    show(text) {
      area.value = text;
      area.rows = Math.min(text.split("\n").length + 1, 12);
      element.hidden = false;
      area.focus();
      area.select();
    },
    hide: () => {
      element.hidden = true;
    },
  };
}
