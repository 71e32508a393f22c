/** Replaces live views in a notebook by output that needs no kernel. */
import { record, text } from "./read";

const VIEW = "application/vnd.jupyter.widget-view+json";

/** Sent once the final HTML is to take the place of a live view. */
export interface Standalone {
  /** Id of the widget whose views are replaced. */
  model: string;
  /** The new output, by MIME type. */
  data: Record<string, string>;
}

interface Outputs {
  length: number;
  get(index: number): unknown;
  set(index: number, output: object): void;
}

/** Reads the message; null if it is malformed. */
export function readStandalone(message: unknown): Standalone | null {
  const { model, data } = record(message);
  const texts = Object.entries(record(data)).flatMap(([type, value]) => (text(value) ? [[type, value]] : []));
  const id = text(model);
  return id && texts.length ? { model: id, data: Object.fromEntries(texts) } : null;
}

/**
 * Replaces each output of the notebook that is a view of the widget.
 *
 * Python replaces an output by its display id, which a page loaded after the output was shown does not know. There the
 * notebook is reached through JupyterLab's widget manager; other managers give no access to it, and the view stays.
 */
export function replaceViews(manager: unknown, { model, data }: Standalone): void {
  const notebook = record(record(record(manager).context).model);
  // If two pages of a shared document replace an output at the same time, it is there twice. The random delay lets
  // one page see what another one, which may know the display id, has done.
  if (notebook.collaborative === true) setTimeout(replace, 1000 + 3000 * Math.random(), notebook.cells, model, data);
  else replace(notebook.cells, model, data);
}

function replace(cells: unknown, model: string, data: Record<string, string>): void {
  // Not `list`: JupyterLab has a list type of its own.
  for (const cell of Array.from(record(cells) as unknown as Iterable<unknown>)) {
    const outputs = record(cell).outputs as Outputs | undefined;
    for (let index = 0; index < (outputs?.length ?? 0); index++) {
      const view = record(record(outputs?.get(index)).data)[VIEW];
      if (record(view).model_id === model) outputs?.set(index, { output_type: "display_data", data, metadata: {} });
    }
  }
}
