/** Where the cells of a grid stand, and which headings stand above and beside them. */

import type { CellView, GridView } from "../../protocol/grid";
import { joined } from "../../texts";

/** A heading of `span` rows or columns from `start` on. */
export interface Heading {
  text: string;
  start: number;
  span: number;
}

/** Equal labels next to each other become one heading over all of them. */
export function headingsOf(labels: readonly string[]): Heading[] {
  const headings: Heading[] = [];
  for (const [start, text] of labels.entries()) {
    const last = headings.at(-1);
    if (last && last.text === text) last.span += 1;
    else headings.push({ text, start, span: 1 });
  }
  return headings;
}

export interface CellPosition {
  row: number;
  column: number;
  /** Width to height of the stage: that of the tallest clip in its row, so that all in a row have the same height. */
  ratio: number;
}

export interface Layout {
  rowHeadings: Heading[];
  columnHeadings: Heading[];
  /** Null for as many side by side as fit. */
  columns: number | null;
  rows: number;
  /** Of each cell. */
  positions: CellPosition[];
  /** Width to height of the widest clip: at the greatest height no column needs to be wider. */
  widest: number;
}

/** Lays out a grid; the cells of one without headings flow in their order. */
export function layoutOf(grid: GridView): Layout {
  const { cells } = grid;
  const flat = !grid.rows.length && !grid.columns.length;
  const columns = flat ? grid.across : Math.max(grid.columns.length, ...cells.map(({ column }) => column + 1), 1);
  const spots = cells.map((cell, index) => {
    if (!flat) return { row: cell.row, column: cell.column };
    return columns === null ? { row: 0, column: index } : { row: Math.floor(index / columns), column: index % columns };
  });
  const tallest = new Map<number, number>();
  for (const [index, { row }] of spots.entries()) {
    const ratio = ratioOf(cells[index] as CellView);
    tallest.set(row, Math.min(tallest.get(row) ?? ratio, ratio));
  }
  return {
    rowHeadings: headingsOf(grid.rows),
    columnHeadings: headingsOf(grid.columns),
    columns,
    rows: Math.max(1, ...spots.map(({ row }) => row + 1), grid.rows.length),
    positions: spots.map((spot) => ({ ...spot, ratio: tallest.get(spot.row) ?? 16 / 9 })),
    widest: Math.max(0.2, ...cells.map(ratioOf)),
  };
}

function ratioOf({ job }: CellView): number {
  return job.width / job.height;
}

/** What distinguishes a cell from the others: its headings, then its other parameters. */
export function nameOf(grid: GridView, cell: CellView): string {
  const { rows, columns, row_name, column_name } = grid;
  const headings = [labelOf(row_name, rows[cell.row]), labelOf(column_name, columns[cell.column])];
  return joined([...headings, ...cell.labels]) || cell.job.model || cell.key;
}

/** `grid` with another cell at that index. */
export function withCell(grid: GridView, index: number, cell: CellView): GridView {
  return { ...grid, cells: grid.cells.map((old, other) => (other === index ? cell : old)) };
}

/** A heading, with the parameter's name before a number, which says little alone. */
function labelOf(name: string | null, text: string | undefined): string | undefined {
  return name && text && /^[\d.]*\d[\d.]*$/.test(text) ? `${name} ${text}` : text;
}
