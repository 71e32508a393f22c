/** What passes between the panel's history and Python. */
import type { AnyModel } from "@anywidget/types";
import { type JobView, readView } from "./job";
import { listen } from "./listen";
import { amount, clipOf, flag, listOf, object, string, text } from "./read";

/** One job of the history. */
export interface HistoryItem {
  job: JobView;
  /** When it was submitted, for people: "12:30", "Nov 21, 12:30". */
  when: string;
  /** The request as a `%%videogen` cell and as Python, to copy. */
  cell: string;
  python: string;
}

/** Newest first. */
export interface HistoryView {
  items: HistoryItem[];
  /** The search whose results these are; "" for all jobs. */
  query: string;
  /** Whether there are older ones. */
  more: boolean;
}

export type HistoryModel = AnyModel<{ history: unknown }>;

export interface HistoryHandlers {
  history(history: HistoryView): void;
  /** A job that is shown has changed. */
  item(item: HistoryItem): void;
  clip(id: string, index: number, clip: Blob): void;
  noClip(id: string, reason: string): void;
  /** The kernel has received the ping of that number. */
  pong(number: number): void;
}

export interface HistoryChannel {
  initial: HistoryView;
  hello(): void;
  /** Asks for a `pong`: while they run a cell, some kernels do not receive clicks. */
  ping(number: number): void;
  search(query: string): void;
  more(): void;
  /** The job is enlarged from now on. */
  enlarge(id: string): void;
  /** Asks for the clips of a job that is enlarged. */
  want(id: string): void;
  /** Fills the form with the job's request. */
  reuse(id: string): void;
  retry(id: string): void;
  cancel(id: string): void;
  /** Shows these side by side, in step. */
  compare(ids: string[]): void;
  close(): void;
}

/** Connects a model to `handlers`; malformed messages are dropped. */
export function connectHistory(model: HistoryModel, handlers: HistoryHandlers): HistoryChannel {
  const changed = () => handlers.history(readHistory(model.get("history")));
  const close = listen(
    model,
    "history",
    changed,
    ({ kind, history, item, id, index, media_type, why, ...rest }, bytes) => {
      const name = text(id);
      if (kind === "history") handlers.history(readHistory(history));
      else if (kind === "item") handlers.item(readItem(item));
      else if (kind === "clip" && bytes && name) handlers.clip(name, amount(index), clipOf(bytes, media_type));
      else if (kind === "noclip" && name) handlers.noClip(name, string(why));
      else if (kind === "pong") handlers.pong(amount(rest.number));
    },
  );
  return {
    initial: readHistory(model.get("history")),
    hello: () => model.send({ kind: "hello" }),
    ping: (number) => model.send({ kind: "ping", number }),
    search: (query) => model.send({ kind: "search", query }),
    more: () => model.send({ kind: "more" }),
    enlarge: (id) => model.send({ kind: "enlarge", id }),
    want: (id) => model.send({ kind: "want", id }),
    reuse: (id) => model.send({ kind: "reuse", id }),
    retry: (id) => model.send({ kind: "retry", id }),
    cancel: (id) => model.send({ kind: "cancel", id }),
    compare: (ids) => model.send({ kind: "compare", ids }),
    close,
  };
}

const readItem = object<HistoryItem>({ job: readView, when: string, cell: string, python: string });

/** Turns any value into a complete history; see `readView`. */
export const readHistory = object<HistoryView>({ items: listOf(readItem), query: string, more: flag });
