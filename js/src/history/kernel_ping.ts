/** Whether presses reach Python: some kernels hear nothing from the page while they run a cell. */

const ANSWER_MS = 800;
const SILENT_MS = 10_000;
const BETWEEN_MS = 1000;
/** What may mean that something is asked of the kernel. */
const PRESSES = ["pointerdown", "keydown", "drop", "paste"] as const;

export const BUSY = "The kernel is running a cell; what you press here is done when it has finished.";
export const SILENT = "No answer from the kernel: it runs a long cell or has stopped.";

export interface Pulse {
  /** Something was pressed: asks for a sign of life, at most once a second. */
  press(): void;
  /** The kernel has answered a ping. */
  pong(): void;
  /** The kernel said something of its own accord: it lives, but presses may still wait. */
  heard(): void;
  destroy(): void;
}

/** Calls `say` with a line to show while presses wait, and with null when they are heard. */
export function createPulse(ping: (number: number) => void, say: (line: string | null) => void): Pulse {
  let sent = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  /** Since when a ping has waited for its answer. */
  let waiting: number | null = null;
  let busy: ReturnType<typeof setTimeout> | undefined;
  let silent: ReturnType<typeof setTimeout> | undefined;

  const listen = () => {
    clearTimeout(silent);
    silent = setTimeout(say, SILENT_MS, SILENT);
  };
  const stop = () => {
    clearTimeout(busy);
    clearTimeout(silent);
  };
  return {
    press() {
      const now = performance.now();
      if (now - sentAt < BETWEEN_MS) return;
      sentAt = now;
      sent += 1;
      // Only the first of a row starts the clocks, or pressing on and on would put the line off.
      if (waiting === null) {
        waiting = now;
        busy = setTimeout(say, ANSWER_MS, BUSY);
        listen();
      }
      ping(sent);
    },
    pong() {
      waiting = null;
      stop();
      say(null);
    },
    heard() {
      if (waiting === null) return;
      if (performance.now() - waiting >= ANSWER_MS) say(BUSY);
      listen();
    },
    destroy: stop,
  };
}

/** Calls `act` on each press inside the panel that `element` is part of; returns how to stop. */
export function watchPresses(element: HTMLElement, act: () => void): () => void {
  // At the document, since the element is not in its panel yet when it is made.
  const onPress = (event: Event) => {
    if (event.composedPath().includes(element.closest(".vgn-panel") ?? element)) act();
  };
  for (const kind of PRESSES) document.addEventListener(kind, onPress, true);
  return () => {
    for (const kind of PRESSES) document.removeEventListener(kind, onPress, true);
  };
}
