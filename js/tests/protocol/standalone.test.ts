import { expect, test, vi } from "vitest";
import grid from "../../src/entries/grid";
import job from "../../src/entries/job";
import { readStandalone, replaceViews } from "../../src/protocol/standalone";
import { fakeModel } from "../harness/model.js";
import { running } from "../harness/states.js";

const VIEW = "application/vnd.jupyter.widget-view+json";
const view = (model_id: string) => ({ data: { [VIEW]: { model_id }, "text/plain": "…" } });

/** What JupyterLab's widget manager leads to: a notebook of one cell a list of outputs. */
function notebook(...cells: object[][]) {
  const made = cells.map((outputs) => ({
    outputs: {
      get length() {
        return outputs.length;
      },
      get: (place: number) => outputs[place],
      set: (place: number, output: object) => {
        outputs[place] = output;
      },
    },
  }));
  // A cell of text has no outputs.
  return { context: { model: { cells: new Set([{ source: "text" }, ...made]) } } };
}

test("every view of the widget is replaced by what stands alone, and nothing else is touched", () => {
  const [first, second] = [
    [{ text: "loading" }, view("m1")],
    [view("m2"), view("m1")],
  ];
  const data = { "text/html": "<b>clip</b>", "text/plain": "clip" };
  replaceViews(notebook(first, second), { model: "m1", data });
  const standalone = { output_type: "display_data", data, metadata: {} };
  expect(first).toEqual([{ text: "loading" }, standalone]);
  expect(second).toEqual([view("m2"), standalone]);
});

test("a widget manager that leads to no notebook is left alone", () => {
  const standalone = { model: "m1", data: { "text/plain": "clip" } };
  for (const manager of [undefined, null, 7, {}, { context: null }, { context: { model: { cells: 7 } } }]) {
    expect(() => replaceViews(manager, standalone)).not.toThrow();
  }
});

test("in a document that is shared, only what no other page has replaced meanwhile is", () => {
  vi.useFakeTimers();
  const outputs = [view("m1"), view("m1")];
  const shared = notebook(outputs);
  const data = { "text/plain": "clip" };
  replaceViews({ context: { model: { ...shared.context.model, collaborative: true } } }, { model: "m1", data });
  expect(outputs).toEqual([view("m1"), view("m1")]);
  outputs[0] = { output_type: "display_data", data: { "text/plain": "theirs" } } as never;
  vi.runAllTimers();
  expect(outputs.map(({ data }) => data)).toEqual([{ "text/plain": "theirs" }, data]);
  vi.useRealTimers();
});

test("what makes no sense is no such message", () => {
  for (const junk of [null, 7, {}, { model: "m1" }, { model: "m1", data: {} }, { model: 7, data: { a: "b" } }]) {
    expect(readStandalone(junk)).toBeNull();
  }
  expect(readStandalone({ model: "m1", data: { a: "b", c: 7 } })).toEqual({ model: "m1", data: { a: "b" } });
});

test.each([
  ["job", job, running],
  ["grid", grid, { id: "g1", cells: [] }],
])("the widget of a %s hands it on", (_, widget, state) => {
  const outputs = [view("m1")];
  const model = Object.assign(fakeModel(state), { widget_manager: notebook(outputs), get: vi.fn(() => state) });
  // biome-ignore lint/suspicious/noExplicitAny: anywidget hands over more than these use
  widget().initialize({ model } as any);
  model.receive({ kind: "standalone", model: "m1", data: { "text/plain": "clip" } });
  expect(outputs).toEqual([{ output_type: "display_data", data: { "text/plain": "clip" }, metadata: {} }]);
});
