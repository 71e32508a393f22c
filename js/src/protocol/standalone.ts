/** How an output that the page knows by no display id any more becomes what needs no kernel. */
import { list, record, text } from "./read";

const VIEW = "application/vnd.jupyter.widget-view+json";

/** What Python says once the final HTML stands in the place of a live view. */
export interface Alone {
  /** Id of the widget whose views are replaced. */
  model: string;
  /** What stands there instead, by MIME type. */
  data: Record<string, string>;
}

interface Outputs {
  length: number;
  get(place: number): unknown;
  set(place: number, output: object): void;
}

/** The message, where it makes sense. */
export function readAlone(message: unknown): Alone | null {
  const { model, data } = record(message);
  const told = Object.entries(record(data)).flatMap(([type, value]) => (text(value) ? [[type, value]] : []));
  const id = text(model);
  return id && told.length ? { model: id, data: Object.fromEntries(told) } : null;
}

/**
 * Puts it in the place of each output of the notebook that still is a view of that widget.
 *
 * Python replaces an output by its display id, which a page that was loaded since does not know. There the
 * notebook is reached through JupyterLab's widget manager; other managers have none, and the view stays.
 */
export function standAlone(manager: unknown, { model, data }: Alone): void {
  const notebook = record(record(record(manager).context).model);
  // In a document that several pages share, two that replace an output at once leave it there twice. One of them
  // may know its display id: what it does is seen here soon.
  if (notebook.collaborative === true) setTimeout(replace, 1000 + 3000 * Math.random(), notebook.cells, model, data);
  else replace(notebook.cells, model, data);
}

function replace(cells: unknown, model: string, data: Record<string, string>): void {
  for (const cell of iterable(cells)) {
    const outputs = record(cell).outputs as Outputs | undefined;
    for (let place = 0; place < (outputs?.length ?? 0); place++) {
      const shown = record(record(outputs?.get(place)).data)[VIEW];
      if (record(shown).model_id === model) outputs?.set(place, { output_type: "display_data", data, metadata: {} });
    }
  }
}

function iterable(value: unknown): Iterable<unknown> {
  return typeof record(value)[Symbol.iterator as unknown as string] === "function"
    ? (value as Iterable<unknown>)
    : list(value);
}
