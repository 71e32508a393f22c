/** Small helpers for building a view. Text from elsewhere enters the page through textContent only, never as HTML. */

/** A child of an element: text, a node, or a part of the view that has an element. */
export type Child = string | Node | { readonly element: HTMLElement };

/** A new element with classes and children; strings become text nodes. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children.map((child) => (child as { element?: Node }).element ?? (child as Node | string)));
  return node;
}

/** An empty line for text from elsewhere, which may run in either direction. */
export function textLine(className: string, tag: "div" | "span" = "div"): HTMLElement {
  const node = el(tag, className);
  node.dir = "auto";
  return node;
}

export function div(className: string, ...children: Child[]): HTMLDivElement {
  return el("div", className, ...children);
}

/** A button that submits no form; `title` is its tooltip. */
export function button(
  className: string,
  label: string,
  onClick: (event: MouseEvent) => void,
  title = "",
): HTMLButtonElement {
  const node = el("button", className, label);
  node.type = "button";
  if (title) node.title = title;
  listen(node, { click: onClick });
  return node;
}

type EventMap = HTMLElementEventMap & Pick<DocumentEventMap, "visibilitychange">;
type Handlers = { [Name in keyof EventMap]?: (event: EventMap[Name]) => unknown };

/** Adds a handler for each event; returns how to remove them. */
export function listen(target: EventTarget, handlers: Handlers, options: AddEventListenerOptions = {}): () => void {
  const listening = new AbortController();
  for (const [name, handler] of Object.entries(handlers)) {
    target.addEventListener(name, handler as EventListener, { ...options, signal: listening.signal });
  }
  return () => listening.abort();
}

/**
 * Sets attributes where they differ: writing one makes the browser compute styles again, even if its value is the same.
 * Null removes an attribute, undefined leaves it as it is.
 */
export function setAttributes(
  node: Element,
  values: Record<string, string | number | boolean | null | undefined>,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === null) node.removeAttribute(name);
    else if (value !== undefined && node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
  }
}

export function toggleClass(node: Element, name: string, on: boolean): void {
  node.classList.toggle(name, on);
}

/** Sets CSS variables of ours: `{ ratio: 2 }` sets `--vgn-ratio`. */
export function setVariables(node: HTMLElement, values: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(values)) node.style.setProperty(`--vgn-${name}`, String(value));
}

/** Sets a node's text and hides the node when there is none. Equal text is left alone, so that selections survive. */
export function setText(node: HTMLElement, text: string | null): void {
  if (node.textContent !== (text ?? "")) node.textContent = text;
  node.hidden = !text;
}

/** As `setText`, with the whole text as a tooltip for where it is cut off. */
export function setTitledText(node: HTMLElement, text: string | null): void {
  setText(node, text);
  node.title = text ?? "";
}

/** As `setText`, with `commands` in backticks set as code. */
export function setTextWithCode(node: HTMLElement, text: string | null): void {
  const parts = (text ?? "").split("`");
  if (parts.length % 2 === 0) {
    setText(node, text); // a single backtick is an ordinary character
    return;
  }
  node.hidden = !text;
  if (node.textContent === parts.join("") && node.childElementCount === (parts.length - 1) / 2) return;
  node.replaceChildren(...parts.map((part, index) => (index % 2 ? el("code", "vgn-code", part) : part)));
}

export interface Announcer {
  element: HTMLElement;
  /** Lets screen readers say `text`, unless they have just said it. */
  announce(text: string): void;
}

/** An invisible text that screen readers read aloud when it changes. */
export function createAnnouncer(): Announcer {
  const element = div("vgn-live");
  element.setAttribute("aria-live", "polite");
  return {
    element,
    announce(text) {
      if (element.textContent !== text) element.textContent = text;
    },
  };
}
