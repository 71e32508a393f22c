/** Keys pressed in the grid become commands, and stay out of the notebook's own shortcuts. */
import { type Binding, bindingOf, type Run } from "./keys";

const SUPPRESS = "data-lm-suppress-shortcuts";
/** Milliseconds after which a held B looks at B for as long as it is held. */
const HOLD = 250;

export interface KeyboardOn {
  run: Run;
  /** B is held down, or let go; false where there is no B to look at. */
  peek(on: boolean): boolean;
  /** A key on the wipe's handle; true if it was the handle's own. */
  edge(event: KeyboardEvent): boolean;
}

/** Listens on `root` until the returned function is called. */
export function createKeyboard(root: HTMLElement, { run, peek, edge }: KeyboardOn): () => void {
  let held: ReturnType<typeof setTimeout> | undefined;
  let peeking = false;

  // JupyterLab hears keys before the grid does and skips what comes from under this attribute. Set only for keys that
  // mean something here, it leaves Ctrl+S and the like to work as everywhere.
  const before = (event: KeyboardEvent) => {
    if (!root.contains(event.target as Node)) return;
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    root.toggleAttribute(SUPPRESS, meant(event) !== null || (plain && isField(event.target)));
  };
  const release = (tapped: boolean) => {
    if (held === undefined) return;
    clearTimeout(held);
    held = undefined;
    if (peeking) peek(false);
    else if (tapped) run("blink", 0);
    peeking = false;
  };
  const down = (event: KeyboardEvent) => {
    const binding = meant(event);
    const own = (event.target as Element).closest(".vgn-handle") && edge(event);
    if (!binding && !own && !isField(event.target)) return;
    event.stopPropagation();
    if (!binding && !own) return;
    event.preventDefault();
    if (own || !binding) return;
    const [command, by] = binding;
    if (command !== "blink") return run(command, by);
    if (event.repeat || held !== undefined) return;
    held = setTimeout(() => {
      peeking = peek(true);
    }, HOLD);
  };
  const up = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() === "b") release(true);
  };
  const stop = new AbortController();
  const { signal } = stop;
  window.addEventListener("keydown", before, { signal, capture: true });
  root.addEventListener("keydown", down, { signal });
  root.addEventListener("keyup", up, { signal });
  root.addEventListener("focusout", () => release(false), { signal });
  return () => {
    clearTimeout(held);
    stop.abort();
  };
}

/** What the key means where it was pressed: fields keep all of theirs, buttons those that press them. */
function meant(event: KeyboardEvent): Binding | null {
  const { target, key } = event;
  if (isField(target)) return null;
  if ((target as Element).closest("button") && (key === "Enter" || key === " ")) return null;
  return bindingOf(event);
}

/** Whether keys pressed there are typed; a slider's are not. */
function isField(target: EventTarget | null): boolean {
  return (target as Element).matches("select, textarea, input:not([type=range]), [contenteditable]");
}
