/** The headings, and the places of cells among them. */
import { el } from "../../dom";
import type { GridView } from "../../protocol/grid";
import type { Layout } from "./layout";

export interface Table {
  element: HTMLElement;
  /** Places `cells` as `layout` says, under headings of `grid`. */
  update(grid: GridView, layout: Layout, cells: readonly HTMLElement[]): void;
}

export function createTable(): Table {
  const element = el("div", "vgn-cells");
  let drawn = "";
  let headings: HTMLElement[] = [];

  const heading = (className: string, text: string, name: string | null, start: number, span: number) => {
    const node = el("div", `vgn-th ${className}`, el("span", "vgn-th-text", text));
    node.dir = "auto";
    node.title = name ? `${name}: ${text}` : text;
    node.style.setProperty("--vgn-at", String(start));
    node.style.setProperty("--vgn-span", String(span));
    return node;
  };
  const drawHeadings = ({ row_name, column_name }: GridView, { rowHeads, columnHeads }: Layout) => {
    const key = JSON.stringify([row_name, column_name, rowHeads, columnHeads]);
    if (key === drawn) return;
    drawn = key;
    for (const old of headings) old.remove();
    headings = [
      ...columnHeads.map(({ text, start, span }) => heading("vgn-column", text, column_name, start, span)),
      ...rowHeads.map(({ text, start, span }) => heading("vgn-row", text, row_name, start, span)),
    ];
    const [down, across] = [rowHeads.length ? row_name : null, columnHeads.length ? column_name : null];
    if (down || across) {
      const corner = el("div", "vgn-corner-names");
      corner.append(
        ...[across && `${across} →`, down && `${down} ↓`].flatMap((name) => (name ? [name] : [])).map(names),
      );
      headings.unshift(corner);
    }
    element.prepend(...headings);
  };

  return {
    element,
    update(grid, layout, cells) {
      const { columns, rows, places, widest, rowHeads, columnHeads } = layout;
      const flat = !rowHeads.length && !columnHeads.length;
      element.classList.toggle("vgn-flat", flat);
      element.classList.toggle("vgn-flow", columns === null);
      element.classList.toggle("vgn-has-rows", rowHeads.length > 0);
      const numbers = { columns: columns ?? cells.length, rows, widest, count: cells.length };
      for (const [name, value] of Object.entries(numbers)) element.style.setProperty(`--vgn-${name}`, String(value));
      drawHeadings(grid, layout);
      for (const [index, cell] of cells.entries()) {
        const { row, column, ratio } = places[index] ?? { row: 0, column: 0, ratio: 1 };
        for (const [name, value] of Object.entries({ row, column, tall: ratio })) {
          cell.style.setProperty(`--vgn-${name}`, String(value));
        }
        if (cell.parentElement !== element) element.append(cell);
      }
    },
  };
}

function names(name: string): HTMLElement {
  const node = el("span", "", name);
  node.dir = "auto";
  return node;
}
