/** A button that says what it will do and, where that matters, asks for a second click within five seconds. */
import { button, div, setAttributes, setText, textLine, toggleClass } from "./dom";

export interface ConfirmText {
  label: string;
  /** Shown after the last click, until the state changes. */
  busy: string;
  /** Label of the second click that confirms; null if the first click acts. */
  confirm?: string | null;
  /** What the click does: shown on hover, on focus, and while the second click is awaited. */
  note?: string | null;
}

export interface ConfirmButton {
  element: HTMLElement;
  /** Shows the texts; a new `key` (another state of the job) makes a used button ready again. */
  update(text: ConfirmText, key: string): void;
  destroy(): void;
}

const SECOND_CLICK_MS = 5000;

export function createConfirmButton(className: string, act: () => void): ConfirmButton {
  let text: ConfirmText | null = null;
  let stage: "ready" | "armed" | "sent" = "ready";
  let lastKey: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const control = button("vgn-button", "", onClick);
  const note = textLine("vgn-note");
  const element = div(`vgn-ask ${className}`, control, note);

  function onClick(event: MouseEvent): void {
    if (stage === "sent") return;
    if (stage === "ready" && text?.confirm) {
      enter("armed");
      return;
    }
    // The second click of a double click (detail 2) is no confirmation.
    if (stage === "armed" && event.detail > 1) return;
    enter("sent");
    act();
  }
  function enter(next: typeof stage): void {
    clearTimeout(timer);
    stage = next;
    if (next === "armed") timer = setTimeout(enter, SECOND_CLICK_MS, "ready");
    draw();
  }
  function draw(): void {
    if (!text) return;
    const labels = { ready: text.label, armed: text.confirm ?? text.label, sent: text.busy };
    setText(control, labels[stage]);
    setText(note, (stage !== "sent" && text.note) || null);
    // Not `disabled`: that would take the keyboard focus from the button.
    setAttributes(control, { "aria-description": text.note || null, "aria-disabled": stage === "sent" });
    toggleClass(element, "vgn-armed", stage === "armed");
  }

  return {
    element,
    update(next, key) {
      text = next;
      if (key === lastKey) return draw();
      lastKey = key;
      enter("ready");
    },
    destroy: () => clearTimeout(timer),
  };
}
