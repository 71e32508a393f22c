/** The stage of a job that ended without a clip: what happened, whether it was charged, what to do. */

import { createConfirmButton } from "../confirm_button";
import { div, setText, setTextWithCode, textLine } from "../dom";
import type { JobView, Status } from "../protocol/job";
import { endings, retry_label as RETRY } from "../protocol/shared.json";

const HEADINGS: Partial<Record<Status, string>> = endings;

/** The heading of an ending; null while the job runs, and if it has a clip. */
export function endingText({ status, phase }: Pick<JobView, "status" | "phase">): string | null {
  // A saved page of a job that was still running gets no more news of it.
  const unfinished = phase === "ended" && status !== "succeeded" ? "Not finished" : null;
  return HEADINGS[status] ?? unfinished;
}

export interface Ending {
  element: HTMLElement;
  update(view: JobView): void;
  destroy(): void;
}

/** An ending with its Retry button, which asks for a second click where a clip might be paid for twice. */
export function createEnding(retry: () => void): Ending {
  const heading = div("vgn-heading");
  const summary = textLine("vgn-summary");
  const charged = textLine("vgn-charged");
  const next = textLine("vgn-next");
  const again = createConfirmButton("vgn-retry", retry);
  const element = div("vgn-ending", heading, summary, charged, next, again);

  return {
    element,
    update(view) {
      const { id, status, error, retry_label } = view;
      element.dataset.status = status;
      setText(heading, endingText(view));
      setTextWithCode(summary, error?.summary ?? null);
      setText(charged, error?.charged ?? null);
      setTextWithCode(next, error?.next ?? null);
      again.element.hidden = !view.can_retry;
      const confirm = status === "uncertain" ? "Yes, submit again" : null;
      again.update({ label: retry_label ?? RETRY, busy: "Submitting…", confirm }, id + status);
    },
    destroy: again.destroy,
  };
}
