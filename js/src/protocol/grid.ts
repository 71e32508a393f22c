/** What passes between a grid of players and Python, and what a saved grid carries in its page. */
import type { AnyModel } from "@anywidget/types";
import { type JobView, readView } from "./job";
import { listen } from "./listen";
import { amount, clipOf, flag, list, listOf, nullable, number, object, record, string, text, texts } from "./read";

/** When the frames of a clip are shown: evenly from `start` on, or at `times`. In seconds. */
export interface Timing {
  /** Where the clip ends. */
  duration: number;
  fps: number;
  frames: number;
  /** Time of the first frame. */
  start: number;
  /** The time of each frame, ascending; null if they are even. */
  times: number[] | null;
}

/** One cell of the grid: a job, or one of several clips of a job, which is then `job.videos[0]`. */
export interface CellView {
  /** The job's id; with a number for the second clip of a job and those after it: "k3x9ab2c", "k3x9ab2c/2". */
  key: string;
  row: number;
  column: number;
  /** Parameters that are not in a heading, and the seed: "seed 7". */
  labels: string[];
  /** How long the clip took and what it cost: "made in 12 s", "80 credits". */
  outcome: string[];
  /** The clip existed before; nothing was submitted for it. */
  reused: boolean;
  job: JobView;
  timing: Timing | null;
}

export interface GridView {
  id: string;
  title: string;
  /** A line of information about the whole grid. */
  note: string | null;
  /** Headings of the rows from the top; none if rows have no meaning. Equal neighbours become one heading. */
  rows: string[];
  columns: string[];
  /** The parameters whose values the headings are. */
  row_name: string | null;
  column_name: string | null;
  /** Without headings: how many cells stand side by side; null for as many as fit. */
  across: number | null;
  cells: CellView[];
  /** Keys of cells. */
  winner: string | null;
  favourites: string[];
  /** Whether the user may replace it by output that needs no kernel. */
  can_finish: boolean;
}

export interface Picks {
  winner: string | null;
  favourites: string[];
}

export type GridModel = AnyModel<{ grid: unknown }>;

/** What Python may send to a grid. */
export interface GridHandlers {
  grid(grid: GridView): void;
  /** One cell changed, at that index; its key may have been another. */
  cell(index: number, cell: CellView): void;
  clip(key: string, clip: Blob): void;
  /** The clip cannot be had. */
  noClip(key: string, reason: string): void;
}

/** What a grid may send to Python. */
export interface GridChannel {
  initial: GridView;
  hello(): void;
  /** Asks for the bytes of a clip that is on screen. */
  want(key: string): void;
  cancel(key: string): void;
  retry(key: string): void;
  /** Submits all that failed again. */
  retryFailed(): void;
  pick(picks: Picks): void;
  /** The grid is in use and must not be replaced now. Sent at most every few seconds. */
  used(): void;
  /** Asks to replace the grid by output that needs no kernel. */
  done(): void;
  close(): void;
}

/** Connects a model to `handlers`; malformed messages are dropped. */
export function connectGrid(model: GridModel, handlers: GridHandlers): GridChannel {
  const changeCell = ({ index, cell }: Record<string, unknown>) => {
    if (Number.isInteger(index)) handlers.cell(index as number, readCell(cell));
  };
  const changed = () => handlers.grid(readGrid(model.get("grid")));
  const close = listen(model, "grid", changed, ({ kind, grid, cells, key, media_type, why }, bytes) => {
    const name = text(key);
    if (kind === "grid") handlers.grid(readGrid(grid));
    else if (kind === "cells") list(cells).map(record).forEach(changeCell);
    else if (kind === "clip" && bytes && name) handlers.clip(name, clipOf(bytes, media_type));
    else if (kind === "noclip" && name) handlers.noClip(name, string(why));
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

export const readCell = object<CellView>({
  key: string,
  row: amount,
  column: amount,
  labels: texts,
  outcome: texts,
  reused: flag,
  job: readView,
  timing: nullable(
    object<Timing>({
      duration: amount,
      fps: amount,
      frames: amount,
      start: amount,
      times(value) {
        const times = list(value).flatMap((time) => number(time) ?? []);
        return times.length ? times : null;
      },
    }),
  ),
});

/** Turns any value into a complete grid; see `readView`. */
export const readGrid = object<GridView>({
  id: string,
  title: string,
  note: text,
  rows: texts,
  columns: texts,
  row_name: text,
  column_name: text,
  across: number,
  cells: listOf(readCell),
  winner: text,
  favourites: texts,
  can_finish: flag,
});
