/** The Cancel button of a job; where cancelling may not stop the charge it asks for a second click. */
import { createConfirmButton } from "../confirm_button";
import type { JobView } from "../protocol/job";

export interface CancelButton {
  element: HTMLElement;
  update(view: JobView): void;
  destroy(): void;
}

export function createCancelButton(cancel: () => void): CancelButton {
  const { element, update, destroy } = createConfirmButton("vgn-cancel", cancel);
  return {
    element,
    update({ id, can_cancel, cancel_note: note }) {
      element.hidden = !can_cancel;
      const confirm = note ? "Yes, cancel" : null;
      // The key leaves out the status: a job that starts to run while it is being cancelled must not ask again.
      update({ label: "Cancel", busy: "Cancelling…", confirm, note }, id + can_cancel);
    },
    destroy,
  };
}
