/** What passes between a grid of players and Python, and what a saved grid carries in its page. */
import type { AnyModel } from "@anywidget/types";
import { type JobView, readView } from "./job";
import { listen } from "./listen";
import { clipOf, list, number, record, text } from "./read";

/** When a clip's frames are shown: evenly from `start` on, or at `times`. Seconds. */
export interface Timing {
  /** Where the clip ends. */
  duration: number;
  fps: number;
  frames: number;
  /** Time of the first frame. */
  start: number;
  /** The time of each frame, ascending, where they are not even; else null. */
  times: number[] | null;
}

/** One place of the grid: a job, or one of several clips of a job, which is then `job.videos[0]`. */
export interface CellView {
  /** The job's id, for a later clip of it with its number: "k3x9ab2c", "k3x9ab2c/2". */
  key: string;
  row: number;
  column: number;
  /** Parameters that no heading tells, and the seed: "seed 7". */
  told: string[];
  /** "made in 12 s", "80 credits". */
  made: string[];
  /** The clip was there before; nothing was submitted for it. */
  reused: boolean;
  job: JobView;
  timing: Timing | null;
}

export interface GridView {
  id: string;
  title: string;
  /** What its user should know about the whole, in a line. */
  note: string | null;
  /** Headings of the rows from the top; none where rows mean nothing. A heading said twice spans both. */
  rows: string[];
  columns: string[];
  /** The parameters that the headings are values of. */
  row_name: string | null;
  column_name: string | null;
  /** Without headings: how many stand side by side; null for as many as fit. */
  across: number | null;
  cells: CellView[];
  /** Keys of cells. */
  winner: string | null;
  favourites: string[];
  /** Whether it may be replaced by what needs no kernel, when its user has seen enough. */
  can_finish: boolean;
}

export interface Picks {
  winner: string | null;
  favourites: string[];
}

export type GridModel = AnyModel<{ grid: unknown }>;

/** What Python may tell a grid. */
export interface GridHandlers {
  grid(grid: GridView): void;
  /** One cell changed; it takes the place of the one in the same row and column, whose key may have been another. */
  cell(place: number, cell: CellView): void;
  clip(key: string, clip: Blob): void;
  /** The clip can't be had; `why` says so in a line. */
  noClip(key: string, why: string): void;
}

/** What a grid may tell Python. */
export interface GridChannel {
  initial: GridView;
  hello(): void;
  /** Asks for the bytes of a clip that came on screen. */
  want(key: string): void;
  cancel(key: string): void;
  retry(key: string): void;
  /** Submits all that failed again. */
  retryFailed(): void;
  pick(picks: Picks): void;
  /** Somebody uses the grid: it is not to be replaced now. Sent at most every few seconds. */
  used(): void;
  /** Its user has seen enough: replace it by what needs no kernel. */
  done(): void;
  close(): void;
}

/** Wires a model to `handlers`; messages that make no sense are dropped. */
export function connectGrid(model: GridModel, handlers: GridHandlers): GridChannel {
  const change = (place: unknown, cell: unknown) => {
    if (Number.isInteger(place)) handlers.cell(place as number, readCell(cell));
  };
  const changed = () => handlers.grid(readGrid(model.get("grid")));
  const close = listen(model, "grid", changed, ({ kind, grid, cells, key, media_type, why }, bytes) => {
    const name = text(key);
    if (kind === "grid") handlers.grid(readGrid(grid));
    else if (kind === "cells") for (const { place, cell } of list(cells).map(record)) change(place, cell);
    else if (kind === "clip" && bytes && name) handlers.clip(name, clipOf(bytes, media_type));
    else if (kind === "noclip" && name) handlers.noClip(name, text(why) ?? "");
  });
  return {
    initial: readGrid(model.get("grid")),
    hello: () => model.send({ kind: "hello" }),
    want: (key) => model.send({ kind: "want", key }),
    cancel: (key) => model.send({ kind: "cancel", key }),
    retry: (key) => model.send({ kind: "retry", key }),
    retryFailed: () => model.send({ kind: "retry_failed" }),
    pick: (picks) => model.send({ kind: "pick", ...picks }),
    used: () => model.send({ kind: "used" }),
    done: () => model.send({ kind: "done" }),
    close,
  };
}

/** Turns whatever arrived into a complete grid. */
export function readGrid(value: unknown): GridView {
  const raw = record(value);
  return {
    id: text(raw.id) ?? "",
    title: text(raw.title) ?? "",
    note: text(raw.note),
    rows: texts(raw.rows),
    columns: texts(raw.columns),
    row_name: text(raw.row_name),
    column_name: text(raw.column_name),
    across: number(raw.across),
    cells: list(raw.cells).map(readCell),
    winner: text(raw.winner),
    favourites: texts(raw.favourites),
    can_finish: raw.can_finish === true,
  };
}

export function readCell(value: unknown): CellView {
  const raw = record(value);
  return {
    key: text(raw.key) ?? "",
    row: number(raw.row) ?? 0,
    column: number(raw.column) ?? 0,
    told: texts(raw.told),
    made: texts(raw.made),
    reused: raw.reused === true,
    job: readView(raw.job),
    timing: raw.timing ? readTiming(raw.timing) : null,
  };
}

function readTiming(value: unknown): Timing {
  const raw = record(value);
  const times = list(raw.times).flatMap((time) => number(time) ?? []);
  return {
    duration: number(raw.duration) ?? 0,
    fps: number(raw.fps) ?? 0,
    frames: number(raw.frames) ?? 0,
    start: number(raw.start) ?? 0,
    times: times.length ? times : null,
  };
}

function texts(value: unknown): string[] {
  return list(value).flatMap((each) => text(each) ?? []);
}
