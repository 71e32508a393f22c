/** Where the cells of a grid stand, and what stands above and beside them. */
import type { CellView, GridView } from "../../protocol/grid";

/** A heading that holds for `span` rows or columns from `start` on. */
export interface Head {
  text: string;
  start: number;
  span: number;
}

/** Headings said twice in a row are said once, over both. */
export function heads(labels: readonly string[]): Head[] {
  const found: Head[] = [];
  for (const [start, text] of labels.entries()) {
    const last = found.at(-1);
    if (last && last.text === text) last.span += 1;
    else found.push({ text, start, span: 1 });
  }
  return found;
}

export interface Place {
  row: number;
  column: number;
  /** Width to height of the stage: that of the tallest clip in its row, so that all in a row are as high. */
  ratio: number;
}

export interface Layout {
  rowHeads: Head[];
  columnHeads: Head[];
  /** Null where as many stand side by side as fit. */
  columns: number | null;
  rows: number;
  /** Of each cell. */
  places: Place[];
  /** Width to height of the widest clip: no column needs to be wider than that at the greatest height. */
  widest: number;
}

/** Lays out a grid; one without headings flows in the order of its cells. */
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
    rowHeads: heads(grid.rows),
    columnHeads: heads(grid.columns),
    columns,
    rows: Math.max(1, ...spots.map(({ row }) => row + 1), grid.rows.length),
    places: spots.map((spot) => ({ ...spot, ratio: tallest.get(spot.row) ?? 16 / 9 })),
    widest: Math.max(0.2, ...cells.map(ratioOf)),
  };
}

function ratioOf({ job }: CellView): number {
  return job.width / job.height;
}

/** What tells a cell from the others, in a few words: its headings, then its other parameters. */
export function nameOf(grid: GridView, cell: CellView): string {
  const heads = [value(grid.row_name, grid.rows[cell.row]), value(grid.column_name, grid.columns[cell.column])];
  const words = [...heads, ...cell.told].filter(Boolean);
  return words.join(" · ") || cell.job.model || cell.key;
}

/** `grid` with another cell in that place. */
export function withCell(grid: GridView, place: number, cell: CellView): GridView {
  return { ...grid, cells: grid.cells.map((old, index) => (index === place ? cell : old)) };
}

/** A number says little without its parameter's name. */
function value(name: string | null, text: string | undefined): string | undefined {
  return name && text && /^[\d.]+$/.test(text) ? `${name} ${text}` : text;
}
