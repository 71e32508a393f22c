/** The stage of a job that ended without a clip: what happened, whether it was charged, what to do. */
import { createAsk, el, line, setText, setWords } from "../dom";
import type { JobView, Status } from "../protocol/job";

const HEADINGS: Partial<Record<Status, string>> = {
  failed: "Failed",
  cancelled: "Cancelled",
  uncertain: "Unclear whether it was accepted",
};

/** What the ending is called; null while there is none, or a clip. */
export function endingText({ status, phase }: Pick<JobView, "status" | "phase">): string | null {
  // A page that is kept, and that nothing will tell of the end.
  const left = phase === "ended" && status !== "succeeded" ? "Not finished" : null;
  return HEADINGS[status] ?? left;
}

export interface Ending {
  element: HTMLElement;
  update(view: JobView): void;
  destroy(): void;
}

/** An ending with its Retry; where another clip might be paid for, Retry wants a second click. */
export function createEnding(retry: () => void): Ending {
  const heading = el("div", "vgn-heading");
  const what = line("vgn-what");
  const charged = line("vgn-charged");
  const next = line("vgn-next");
  const ask = createAsk("vgn-retry", retry);
  const element = el("div", "vgn-ending", heading, what, charged, next, ask.element);

  return {
    element,
    update(view) {
      element.dataset.status = view.status;
      setText(heading, endingText(view));
      setWords(what, view.error?.what ?? null);
      setText(charged, view.error?.charged ?? null);
      setWords(next, view.error?.next ?? null);
      ask.element.hidden = !view.can_retry;
      const sure = view.status === "uncertain" ? "Yes, submit again" : null;
      ask.update({ label: view.retry_label ?? "Retry", busy: "Submitting…", sure, note: null }, view.id + view.status);
    },
    destroy: ask.destroy,
  };
}
