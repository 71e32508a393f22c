import { expect, test, vi } from "vitest";
import widget from "../../src/entries/grid";
import { every, FakeScreen, useFakeScreen } from "../harness/gridparts.js";
import { fakeModel } from "../harness/model.js";

const bytes = () => [new DataView(new Uint8Array([0, 1, 2]).buffer)];
const clip = (key: string) => ({ kind: "clip", key, media_type: "video/mp4" });

/** The widget as anywidget runs it: initialised once, rendered into `views` places. */
function start(grid: unknown, views = 1) {
  const model = fakeModel({});
  model.set("grid", grid);
  const { initialize, render } = widget();
  // biome-ignore lint/suspicious/noExplicitAny: anywidget hands over more than a grid uses
  const props = { model } as any;
  const stop = initialize(props) as () => void;
  const places = Array.from({ length: views }, () => {
    const el = document.body.appendChild(document.createElement("div"));
    return { el, remove: render({ ...props, el }) as () => void };
  });
  const sources = () =>
    places.map(({ el }) => [...el.querySelectorAll("video")].map((video) => video.getAttribute("src")));
  const sent = (kind: string) => (model.sent as { kind: string }[]).filter((message) => message.kind === kind);
  return { model, stop, places, sources, sent };
}

useFakeScreen();

test("a clip is asked for once and shared by all views, also by one that comes later", () => {
  const create = vi.spyOn(URL, "createObjectURL");
  const { model, sources, sent } = start(every["2x2"], 2);
  expect(sent("hello")).toHaveLength(1);
  FakeScreen.show([0]);
  expect(sent("want")).toEqual([{ kind: "want", key: "job1" }]);
  model.receive(clip("job1"), bytes());
  model.receive(clip("job1"), bytes());
  const [first, second] = sources();
  expect(first?.[0]).toMatch(/^blob:/);
  expect(second).toEqual(first);
  expect(create).toHaveBeenCalledOnce();
});

test("a cell that changes is drawn in all views, and its old clip is freed", () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const { model, places, sources } = start(every["2x2"], 2);
  FakeScreen.show([0, 1]);
  model.receive(clip("job1"), bytes());
  const url = sources()[0]?.[0];
  const running = { ...every["3x3-running"].cells[6], key: "job9", row: 0, column: 0 };
  model.receive({ kind: "cells", cells: [{ index: 0, cell: running }] });
  expect(places.map(({ el }) => el.querySelector(".vgn-words")?.textContent)).toEqual(Array(2).fill("Generating 31 %"));
  expect(revoke.mock.calls).toEqual([[url]]);
  for (const junk of [
    null,
    { kind: "cells", cells: [{ index: 99, cell: running }, 7] },
    { kind: "clip", key: "job2" },
    { kind: "x" },
  ]) {
    model.receive(junk);
  }
  expect(places[0]?.el.querySelectorAll(".vgn-cell")).toHaveLength(4);
});

test("a pick made in one view is shown in the other and told once", () => {
  const { places, sent } = start(every["1x6"], 2);
  const root = places[0]?.el.querySelector(".vgn-grid") as HTMLElement;
  for (const [key, code] of [
    ["3", "Digit3"],
    ["c", ""],
  ] as const) {
    root.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true }));
  }
  expect(sent("pick")).toEqual([{ kind: "pick", winner: "job3", favourites: [] }]);
  expect(places.map(({ el }) => el.querySelector(".vgn-won .vgn-number")?.textContent)).toEqual(["3", "3"]);
});

test("a closed widget frees its clips and listens no more; a removed view leaves the other", () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const { model, stop, places, sources } = start(every["2x2"], 2);
  FakeScreen.show([0]);
  model.receive(clip("job1"), bytes());
  places[0]?.remove();
  expect(sources().map((urls) => urls.length)).toEqual([0, 4]);
  expect(revoke).not.toHaveBeenCalled();
  stop();
  expect(revoke).toHaveBeenCalledOnce();
  expect(model.listening()).toBe(0);
});
