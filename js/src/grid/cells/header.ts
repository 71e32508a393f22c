/** The header of a grid: title, counts, the shared prompt, and what can be done with the whole grid. */

import { createConfirmButton } from "../../confirm_button";
import { createCopyButton } from "../../copy_button";
import { createAnnouncer, div, el, setAttributes, setText, setTitledText, textLine } from "../../dom";
import type { GridView, Picks } from "../../protocol/grid";
import { succeeded } from "../../protocol/job";
import { joined } from "../../texts";
import { picksLine } from "../picks";
import { isRunning } from "./cell";

export interface HeaderActions {
  retryFailed(): void;
  done(): void;
}

export interface Header {
  element: HTMLElement;
  update(grid: GridView, picks: Picks): void;
  destroy(): void;
}

/** The header of a live grid; without `actions` that of a saved one, which offers its picks as text to copy. */
export function createHeader(actions: HeaderActions | null): Header {
  const title = textLine("vgn-title");
  const id = el("span", "vgn-hint vgn-id");
  const note = textLine("vgn-hint");
  const prompt = textLine("vgn-prompt");
  const count = el("span", "vgn-count");
  const retry = createConfirmButton("vgn-retry-failed", () => actions?.retryFailed());
  const done = createConfirmButton("vgn-done", () => actions?.done());
  const copy = createPicksCopy();
  const announcer = createAnnouncer();
  const whole = div("vgn-whole", count, retry, copy.button, done);
  const titles = div("vgn-titles", title, id, whole);
  const element = div("vgn-head", titles, copy.box, note, prompt, announcer);
  done.update(
    { label: "Done — keep as it is", busy: "Saving…", note: "The notebook then shows this grid without a kernel." },
    "",
  );

  const drawCounts = ({ cells, can_finish }: GridView) => {
    const running = cells.filter(isRunning).length;
    const failed = cells.filter(({ job }) => job.phase === "ended" && !succeeded(job)).length;
    const failures = failed ? `${failed} without a clip` : null;
    const progress = running ? `${cells.length - running} of ${cells.length} done` : null;
    setText(count, joined([progress, failures]));
    done.element.hidden = !actions || !can_finish || running > 0;
    // Failures and the end are announced; each clip that arrives would be too much.
    announcer.announce(joined([failures, running ? null : `All ${cells.length} done`], ", "));
  };
  const drawRetry = ({ cells }: GridView) => {
    const failed = cells.filter(({ job }) => job.status === "failed" && job.can_retry).length;
    retry.element.hidden = !actions || !failed;
    retry.update(
      { label: `Retry ${failed} failed`, busy: "Submitting…" },
      cells.map(({ job }) => job.id + job.status).join(),
    );
  };
  return {
    element,
    update(grid, picks) {
      setTitledText(title, grid.title);
      setText(id, grid.id);
      setText(note, grid.note);
      setTitledText(prompt, sharedPrompt(grid));
      drawCounts(grid);
      drawRetry(grid);
      const picked = picks.winner !== null || picks.favourites.length > 0;
      copy.update(picked && !actions ? picksLine(grid.id, picks) : null);
    },
    destroy() {
      for (const part of [retry, done, copy]) part.destroy();
    },
  };
}

/** The prompt, if all cells have the same. */
export function sharedPrompt({ cells }: GridView): string | null {
  const prompts = new Set(cells.map(({ job }) => job.prompt));
  return prompts.size === 1 ? ([...prompts][0] ?? null) : null;
}

/** Copies the line of Python that records the picks; a box shows it where the page may not use the clipboard. */
function createPicksCopy() {
  const box = el("input", "vgn-copy");
  box.readOnly = true;
  box.hidden = true;
  setAttributes(box, { "aria-label": "Python line to copy" });
  const show = () => {
    box.hidden = false;
    box.focus();
    box.select();
  };
  const title = "Copy the Python line that records winner and favourites";
  const { element, destroy } = createCopyButton("Copy picks", () => box.value, show, title);
  return {
    button: element,
    box,
    destroy,
    /** `line`: null if there is nothing to copy. */
    update(line: string | null) {
      element.hidden = line === null;
      if (line === null) box.hidden = true;
      // Only if it differs: setting the value loses the selection.
      if (box.value !== (line ?? "")) box.value = line ?? "";
    },
  };
}
