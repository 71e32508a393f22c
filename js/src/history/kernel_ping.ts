/** Finds out whether the kernel hears the page: some kernels receive nothing from it while they run a cell. */
import { panel_class } from "../protocol/shared.json";

const ANSWER_MS = 800;
const SILENT_MS = 10_000;
const BETWEEN_MS = 1000;
/** Events that may mean a request to the kernel. */
const INTERACTIONS = ["pointerdown", "keydown", "drop", "paste"] as const;

export const BUSY = "The kernel is running a cell. What you do here takes effect when the cell has finished.";
export const SILENT = "The kernel does not answer: it is running a long cell or has stopped.";

export interface KernelPing {
  /** The user did something: pings the kernel, at most once a second. */
  interaction(): void;
  /** The kernel has answered a ping. */
  pong(): void;
  /** The kernel sent another message: it is alive, but may still not hear the page. */
  message(): void;
  destroy(): void;
}

/** Calls `show` with a line while a ping is unanswered, and with null once it is answered. */
export function createKernelPing(ping: (number: number) => void, show: (line: string | null) => void): KernelPing {
  let sent = 0;
  let sentAt = Number.NEGATIVE_INFINITY;
  /** Since when a ping has been unanswered. */
  let waitingSince: number | null = null;
  let busy: ReturnType<typeof setTimeout> | undefined;
  let silent: ReturnType<typeof setTimeout> | undefined;

  const restartSilent = () => {
    clearTimeout(silent);
    silent = setTimeout(show, SILENT_MS, SILENT);
  };
  const stop = () => {
    clearTimeout(busy);
    clearTimeout(silent);
  };
  return {
    interaction() {
      const now = performance.now();
      if (now - sentAt < BETWEEN_MS) return;
      sentAt = now;
      sent += 1;
      // Only the first unanswered ping starts the timers: further ones would delay the line.
      if (waitingSince === null) {
        waitingSince = now;
        busy = setTimeout(show, ANSWER_MS, BUSY);
        restartSilent();
      }
      ping(sent);
    },
    pong() {
      waitingSince = null;
      stop();
      show(null);
    },
    message() {
      if (waitingSince === null) return;
      if (performance.now() - waitingSince >= ANSWER_MS) show(BUSY);
      restartSilent();
    },
    destroy: stop,
  };
}

/** Calls `act` on each interaction inside the panel that `element` is part of; returns how to stop. */
export function watchInteractions(element: HTMLElement, act: () => void): () => void {
  // On the document: when the element is created it is not in its panel yet.
  const onEvent = (event: Event) => {
    if (event.composedPath().includes(element.closest(`.${panel_class}`) ?? element)) act();
  };
  for (const kind of INTERACTIONS) document.addEventListener(kind, onEvent, true);
  return () => {
    for (const kind of INTERACTIONS) document.removeEventListener(kind, onEvent, true);
  };
}
