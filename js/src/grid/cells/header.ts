/** What stands above the cells: title, counts, and what concerns the whole grid. */
import { createAsk, el, line, setText } from "../../dom";
import type { GridView, Picks } from "../../protocol/grid";
import { picksLine } from "../picks";
import { under } from "./cell";

export interface HeadActions {
  retryFailed(): void;
  done(): void;
}

export interface Head {
  element: HTMLElement;
  update(grid: GridView, picks: Picks): void;
  destroy(): void;
}

/** The head of a live grid; without `actions` that of a saved one, which hands its picks over as text. */
export function createHead(actions: HeadActions | null): Head {
  const title = line("vgn-title");
  const name = el("span", "vgn-hint vgn-id");
  const note = line("vgn-hint");
  const prompt = line("vgn-prompt");
  const count = el("span", "vgn-count");
  const retry = createAsk("vgn-retry-failed", () => actions?.retryFailed());
  const done = createAsk("vgn-done", () => actions?.done());
  const copy = createCopy();
  const live = el("div", "vgn-live");
  live.setAttribute("aria-live", "polite");
  const element = el(
    "div",
    "vgn-head",
    el("div", "vgn-titles", title, name, el("div", "vgn-whole", count, retry.element, copy.button, done.element)),
    copy.box,
    note,
    prompt,
    live,
  );
  done.update(
    {
      label: "Done — keep as it is",
      busy: "Keeping…",
      sure: null,
      note: "The notebook then shows this grid without a kernel.",
    },
    "",
  );

  return {
    element,
    update(grid, picks) {
      const { cells, can_finish } = grid;
      const running = cells.filter(under).length;
      const failed = cells.filter(({ job }) => job.phase === "ended" && job.status !== "succeeded").length;
      const again = cells.filter(({ job }) => job.status === "failed" && job.can_retry).length;
      setText(title, grid.title);
      title.title = grid.title;
      setText(name, grid.id);
      setText(note, grid.note);
      setText(prompt, sharedPrompt(grid));
      prompt.title = prompt.textContent ?? "";
      const told = [
        running ? `${cells.length - running} of ${cells.length} done` : null,
        failed ? `${failed} without a clip` : null,
      ];
      setText(count, told.filter(Boolean).join(" · "));
      retry.element.hidden = !actions || !again;
      retry.update(
        { label: `Retry ${again} failed`, busy: "Submitting…", sure: null, note: null },
        cells.map(({ job }) => job.id + job.status).join(),
      );
      done.element.hidden = !actions || !can_finish || running > 0;
      copy.update(actions || !(picks.winner || picks.favourites.length) ? null : picksLine(grid.id, picks));
      // Failures and the end are worth a word; each single clip that arrives is not.
      const words = [failed ? `${failed} without a clip` : null, running ? null : `All ${cells.length} done`];
      const text = words.filter(Boolean).join(", ");
      if (live.textContent !== text) live.textContent = text;
    },
    destroy() {
      for (const ask of [retry, done]) ask.destroy();
    },
  };
}

/** The prompt, if all cells have the same. */
export function sharedPrompt({ cells }: GridView): string | null {
  const prompts = new Set(cells.map(({ job }) => job.prompt));
  return prompts.size === 1 ? ([...prompts][0] ?? null) : null;
}

/** A button that copies a line of Python; where the clipboard is refused, a box shows it, selected. */
function createCopy() {
  const button = el("button", "vgn-button", "Copy picks");
  button.type = "button";
  button.title = "Copy the Python line that records winner and favourites";
  const box = el("input", "vgn-copy");
  box.readOnly = true;
  box.setAttribute("aria-label", "Python line to copy");
  let text = "";
  let said: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      clearTimeout(said);
      said = setTimeout(() => setText(button, "Copy picks"), 2000);
    } catch {
      box.hidden = false;
      box.focus();
      box.select();
    }
  });
  box.hidden = true;
  return {
    button,
    box,
    update(next: string | null) {
      button.hidden = next === null;
      if (next === null) box.hidden = true;
      text = next ?? "";
      if (box.value !== text) box.value = text;
    },
  };
}
