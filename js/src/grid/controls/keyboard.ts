/** Keys pressed in the grid run commands, and do not reach the notebook's own shortcuts. */
import { listen } from "../../dom";
import type { Run } from "./commands";
import { type Binding, bindingOf } from "./keys";

const SUPPRESS = "data-lm-suppress-shortcuts";
/** Milliseconds after which a held B shows B for as long as it is held. */
const HOLD_MS = 250;

export interface KeyboardActions {
  run: Run;
  /** B is held down, or released; false if there is no B to show. */
  peek(on: boolean): boolean;
  /** A key on the wipe's handle; true if it moves the handle. */
  edge(event: KeyboardEvent): boolean;
}

/** Listens on `root` until the returned function is called. */
export function listenToKeys(root: HTMLElement, { run, peek, edge }: KeyboardActions): () => void {
  let held: ReturnType<typeof setTimeout> | undefined;
  let peeking = false;

  // JupyterLab gets keys before the grid does, and skips those from under this attribute. It is set only for keys that
  // the grid uses, so that Ctrl+S and the like work as everywhere.
  const beforeLab = (event: KeyboardEvent) => {
    if (!root.contains(event.target as Node)) return;
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    root.toggleAttribute(SUPPRESS, usableBinding(event) !== null || (plain && isField(event.target)));
  };
  const hold = (event: KeyboardEvent) => {
    if (event.repeat || held !== undefined) return;
    held = setTimeout(() => {
      peeking = peek(true);
    }, HOLD_MS);
  };
  const release = (tapped: boolean) => {
    if (held === undefined) return;
    clearTimeout(held);
    held = undefined;
    if (peeking) peek(false);
    else if (tapped) run("blink", 0);
    peeking = false;
  };
  const act = (event: KeyboardEvent): boolean => {
    if ((event.target as Element).closest(".vgn-handle") && edge(event)) return true;
    const binding = usableBinding(event);
    if (binding?.[0] === "blink") hold(event);
    else if (binding) run(...binding);
    return binding !== null;
  };
  const onDown = (event: KeyboardEvent) => {
    const acted = act(event);
    if (acted) event.preventDefault();
    if (acted || isField(event.target)) event.stopPropagation();
  };
  const onUp = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() === "b") release(true);
  };
  const unlistenWindow = listen(window, { keydown: beforeLab }, { capture: true });
  const unlisten = listen(root, { keydown: onDown, keyup: onUp, focusout: () => release(false) });
  return () => {
    clearTimeout(held);
    unlistenWindow();
    unlisten();
  };
}

/** The command of a key where it was pressed: fields keep all their keys, buttons the keys that press them. */
function usableBinding(event: KeyboardEvent): Binding | null {
  const { target, key } = event;
  if (isField(target)) return null;
  if ((target as Element).closest("button") && (key === "Enter" || key === " ")) return null;
  return bindingOf(event);
}

/** Whether keys pressed there type text or choose options; those of a slider are the grid's. */
function isField(target: EventTarget | null): boolean {
  return (target as Element).matches("select, textarea, input:not([type=range]), [contenteditable]");
}
