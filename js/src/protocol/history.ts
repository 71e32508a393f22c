/** What passes between the panel's filmstrip and Python. */
import type { AnyModel } from "@anywidget/types";
import { type JobView, readView } from "./job";
import { listen } from "./listen";
import { clipOf, list, number, record, text } from "./read";

/** One job of the strip. */
export interface FilmItem {
  job: JobView;
  /** When it was made, as one reads it: "12:30", "Nov 21, 12:30". */
  when: string;
  /** The request as a `%%videogen` cell and as Python, to copy. */
  cell: string;
  python: string;
}

/** Newest first. */
export interface FilmView {
  items: FilmItem[];
  /** What was searched for; "" shows all. */
  query: string;
  /** Whether older ones are left. */
  more: boolean;
}

export type FilmModel = AnyModel<{ film: unknown }>;

export interface FilmHandlers {
  film(film: FilmView): void;
  /** A job that is shown has changed. */
  item(item: FilmItem): void;
  clip(id: string, index: number, clip: Blob): void;
  noClip(id: string, why: string): void;
  /** The kernel has heard the ping of that number. */
  pong(number: number): void;
}

export interface FilmChannel {
  initial: FilmView;
  hello(): void;
  /** Asks for a sign of life: clicks do not come through while some kernels run a cell. */
  ping(number: number): void;
  search(query: string): void;
  more(): void;
  /** The job is shown large from now on. */
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

/** Wires a model to `handlers`; messages that make no sense are dropped. */
export function connectFilm(model: FilmModel, handlers: FilmHandlers): FilmChannel {
  const changed = () => handlers.film(readFilm(model.get("film")));
  const close = listen(model, "film", changed, ({ kind, film, item, id, index, media_type, why, ...rest }, bytes) => {
    const name = text(id);
    if (kind === "film") handlers.film(readFilm(film));
    else if (kind === "item") handlers.item(readItem(item));
    else if (kind === "clip" && bytes && name) handlers.clip(name, number(index) ?? 0, clipOf(bytes, media_type));
    else if (kind === "noclip" && name) handlers.noClip(name, text(why) ?? "");
    else if (kind === "pong") handlers.pong(number(rest.number) ?? 0);
  });
  return {
    initial: readFilm(model.get("film")),
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

/** Turns whatever arrived into a complete strip. */
export function readFilm(value: unknown): FilmView {
  const raw = record(value);
  return { items: list(raw.items).map(readItem), query: text(raw.query) ?? "", more: raw.more === true };
}

function readItem(value: unknown): FilmItem {
  const raw = record(value);
  return {
    job: readView(raw.job),
    when: text(raw.when) ?? "",
    cell: text(raw.cell) ?? "",
    python: text(raw.python) ?? "",
  };
}
