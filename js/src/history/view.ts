/** The history of the panel: the enlarged job, the search, the thumbnails. Each view has its own enlarged and ticked jobs. */
import { div, setAttributes, setText, textLine } from "../dom";
import type { HistoryItem, HistoryView } from "../protocol/history";
import { createDetail, type DetailActions, type DetailView } from "./detail";
import { createStrip } from "./strip";
import { createToolbar } from "./toolbar";

/** Seconds for which a job counts as just submitted. */
const FRESH = 5;

export interface HistoryActions extends Omit<DetailActions, "close"> {
  search(query: string): void;
  more(): void;
  compare(ids: string[]): void;
  /** Another job is shown enlarged from now on. */
  enlarge(id: string): void;
  /** The job is enlarged, and may have changed. */
  enlarged(item: HistoryItem): void;
}

export interface History {
  element: HTMLElement;
  /** Id of the enlarged job. */
  enlarged(): string | null;
  update(history: HistoryView): void;
  /** One job has changed. */
  item(item: HistoryItem): void;
  /** Clips of a job came, or cannot be had. */
  clipsChanged(id: string): void;
  /** Shows a line about the kernel, or none. */
  kernel(line: string | null): void;
  destroy(): void;
}

/** `detail` adds to a job what the page knows of it. */
export function createHistory(actions: HistoryActions, detail: (item: HistoryItem) => DetailView): History {
  let items = new Map<string, HistoryItem>();
  let enlarged: HistoryItem | null = null;
  /** What the user did last with the enlarged job: nothing, chose it, or closed it. */
  let choice: "none" | "chosen" | "closed" = "none";

  const enlarge = (item: HistoryItem | null) => {
    const other = item && item.job.id !== enlarged?.job.id;
    enlarged = item;
    if (other) actions.enlarge(item.job.id);
    if (item) actions.enlarged(item);
    stage.update(item && detail(item));
    strip.enlarge(item?.job.id ?? null);
  };
  const close = () => {
    const id = enlarged?.job.id;
    choice = "closed";
    enlarge(null);
    if (id) strip.focus(id);
  };
  const stage = createDetail({ ...actions, close });
  const toolbar = createToolbar({ ...actions, untick: () => strip.untick() });
  const strip = createStrip({
    enlarge(id) {
      const item = items.get(id);
      if (!item || enlarged?.job.id === id) return close();
      choice = "chosen";
      enlarge(item);
      // The page may keep its scroll position, and the stage opens above what is visible.
      stage.element.scrollIntoView?.({ block: "nearest" });
    },
    ticked: toolbar.ticked,
    more: actions.more,
  });
  const kernel = textLine("vgn-notice vgn-kernel");
  setAttributes(kernel, { role: "status" });
  setText(kernel, null);
  const element = div("vgn-history", stage, toolbar, kernel, strip);

  element.addEventListener("keydown", (event) => {
    // Keys without a modifier would run the notebook's commands; those with one stay the notebook's.
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    if (event.key === "Escape" && enlarged && event.target !== toolbar.search) close();
  });
  /** The job to enlarge without being asked: a single one just submitted, which the user waits for. */
  const justSubmitted = (history: HistoryView): HistoryItem | undefined => {
    const fresh = history.items.filter(({ job }) => !items.has(job.id) && job.phase !== "ended" && job.elapsed < FRESH);
    return choice === "none" && fresh.length === 1 ? fresh[0] : undefined;
  };

  return {
    element,
    enlarged: () => enlarged?.job.id ?? null,
    update(history) {
      const submitted = justSubmitted(history);
      items = new Map(history.items.map((item) => [item.job.id, item]));
      strip.update(history);
      toolbar.query(history.query);
      const current = enlarged && (items.get(enlarged.job.id) ?? enlarged);
      if (submitted ?? current) enlarge(submitted ?? current);
    },
    item(item) {
      if (items.has(item.job.id)) items.set(item.job.id, item);
      strip.item(item);
      if (enlarged?.job.id === item.job.id) enlarge(item);
    },
    clipsChanged: (id) => enlarged?.job.id === id && enlarge(enlarged),
    kernel: (line) => setText(kernel, line),
    destroy() {
      toolbar.destroy();
      stage.destroy();
      element.remove();
    },
  };
}
