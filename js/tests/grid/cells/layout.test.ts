import { expect, test } from "vitest";
import { headingsOf, layoutOf, nameOf } from "../../../src/grid/cells/layout";
import { readGrid } from "../../../src/protocol/grid";
import { every } from "../../harness/gridparts.js";

const layout = (value: unknown) => layoutOf(readGrid(value));

test("a heading said for several rows on end is said once, over them", () => {
  expect(headingsOf(["cat", "cat", "owl", "cat"])).toEqual([
    { text: "cat", start: 0, span: 2 },
    { text: "owl", start: 2, span: 1 },
    { text: "cat", start: 3, span: 1 },
  ]);
});

test("cells of a grid with headings stand at their row and column", () => {
  const { columns, rows, positions } = layout(every["3x3"]);
  expect([columns, rows]).toEqual([3, 3]);
  expect(positions.map(({ row, column }) => row * 3 + column)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(layout(every["1x6"])).toMatchObject({ columns: 6, rows: 1, rowHeadings: [] });
});

test("cells without headings flow, as many abreast as is said or as fit", () => {
  const flat = every["24"];
  expect(layout(flat)).toMatchObject({ columns: null, rowHeadings: [], columnHeadings: [] });
  const { columns, rows, positions } = layout({ ...flat, across: 5 });
  expect([columns, rows]).toEqual([5, 5]);
  expect(positions[23]).toMatchObject({ row: 4, column: 3 });
});

test("stages of a row are as high as its tallest clip, and columns no wider than the widest clip", () => {
  const { positions, widest } = layout({ ...every.mixed, across: 2 });
  expect(positions.map(({ ratio }) => ratio)).toEqual([360 / 640, 360 / 640, 640 / 360]);
  expect(widest).toBe(640 / 360);
});

test("a clip's name are its headings and parameters; a bare number gets its parameter's name", () => {
  const grid = readGrid(every.folded);
  expect(grid.cells.map((cell) => nameOf(grid, cell))[1]).toBe("cat · seed 8 · guidance 4");
});

test("whatever arrives becomes a grid", () => {
  for (const junk of [null, 7, "grid", { cells: 3, rows: [1, null, "a"], columns: {} }, { cells: [null, 7] }]) {
    expect(() => layout(junk)).not.toThrow();
  }
  expect(readGrid({ rows: [1, "a"], across: -3 })).toMatchObject({ rows: ["a"], columns: [], cells: [], winner: null });
  expect(readGrid({ cells: [{ timing: { fps: "fast", times: [] } }] }).cells[0]?.timing).toEqual({
    duration: 0,
    fps: 0,
    frames: 0,
    start: 0,
    times: null,
  });
});

test("a grid that Python sent passes through unchanged", () => {
  const { cells, ...rest } = readGrid(every["3x3"]);
  expect({ ...rest, cells: cells.map(({ key }) => key) }).toEqual({
    ...every["3x3"],
    cells: every["3x3"]?.cells.map(({ key }: { key: string }) => key),
  });
});
