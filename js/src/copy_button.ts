/** A button that copies text, and a box that shows the text selected where the page may not use the clipboard. */
import { button, div, el, setAttributes, setText } from "./dom";

const COPIED_MS = 2000;

export interface CopyButton {
  element: HTMLButtonElement;
  destroy(): void;
}

/** `refused` gets the text where the page may not use the clipboard. */
export function createCopyButton(
  label: string,
  text: () => string,
  refused: (text: string) => void,
  title = "",
): CopyButton {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const copy = async () => {
    const copied = text();
    try {
      // A page that was loaded over plain HTTP from another machine has no clipboard.
      await navigator.clipboard.writeText(copied);
      setText(element, "Copied");
      clearTimeout(timer);
      timer = setTimeout(setText, COPIED_MS, element, label);
    } catch {
      refused(copied);
    }
  };
  const element = button("vgn-button", label, copy, title);
  return { element, destroy: () => clearTimeout(timer) };
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
  setAttributes(area, { "aria-label": "Text to copy" });
  const hint = div("vgn-why", "This page may not use the clipboard. Copy the text from here:");
  const element = div("vgn-copybox", hint, area);
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
