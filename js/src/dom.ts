/** Small helpers for building a view. Text only ever enters the page through textContent. */

/** A new element with classes and children; strings become text nodes. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

/** An empty line for words from elsewhere, which may run in either direction. */
export function line(className: string): HTMLElement {
  const node = el("div", className);
  node.dir = "auto";
  return node;
}

/** Sets a node's text and hides the node when there is none. Untouched if equal, so selections survive redraws. */
export function setText(node: HTMLElement, text: string | null): void {
  if (node.textContent !== (text ?? "")) node.textContent = text;
  node.hidden = !text;
}

/** As `setText`, with `commands` set as code. */
export function setWords(node: HTMLElement, text: string | null): void {
  const parts = (text ?? "").split("`");
  if (parts.length % 2 === 0) {
    setText(node, text); // a lone backtick is a character like any other
    return;
  }
  node.hidden = !text;
  if (node.textContent === parts.join("") && node.childElementCount === (parts.length - 1) / 2) return;
  node.replaceChildren(...parts.map((part, place) => (place % 2 ? el("code", "vgn-code", part) : part)));
}

export interface AskText {
  label: string;
  /** Shown after the last click, until the next job state. */
  busy: string;
  /** Label of the second click that confirms; null acts on the first. */
  sure: string | null;
  /** What the click really does: shown on hover, on focus, and while the second click is awaited. */
  note: string | null;
}

export interface Ask {
  element: HTMLElement;
  /** Shows the texts; a new `key` (another state of the job) makes a used button ready again. */
  update(text: AskText, key: string): void;
  destroy(): void;
}

const SECOND_CLICK_MS = 5000;

/** A button that says what it will do and, where that matters, wants a second click within five seconds. */
export function createAsk(className: string, act: () => void): Ask {
  const button = el("button", "vgn-button");
  button.type = "button";
  const note = line("vgn-note");
  const element = el("div", `vgn-ask ${className}`, button, note);
  let text: AskText | null = null;
  let stage: "ready" | "armed" | "sent" = "ready";
  let lastKey: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const draw = () => {
    if (!text) return;
    setText(button, stage === "sent" ? text.busy : stage === "armed" && text.sure ? text.sure : text.label);
    setText(note, stage === "sent" ? null : text.note);
    if (text.note) button.setAttribute("aria-description", text.note);
    else button.removeAttribute("aria-description");
    // Not `disabled`: that would drop the keyboard focus to the page.
    button.setAttribute("aria-disabled", String(stage === "sent"));
    element.classList.toggle("vgn-armed", stage === "armed");
  };
  const enter = (next: typeof stage) => {
    clearTimeout(timer);
    stage = next;
    if (next === "armed") timer = setTimeout(enter, SECOND_CLICK_MS, "ready");
    draw();
  };
  button.addEventListener("click", (event) => {
    if (stage === "sent") return;
    if (stage === "ready" && text?.sure) return enter("armed");
    // The second half of a double click (detail 2) confirms nothing.
    if (stage === "armed" && event.detail > 1) return;
    enter("sent");
    act();
  });

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
