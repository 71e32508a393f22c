/** The table of a grid: its headings, and the cells in their positions. */
import { div, el, setVariables, textLine, toggleClass } from "../../dom";
import type { GridView } from "../../protocol/grid";
import type { Heading, Layout } from "./layout";

export interface Table {
  element: HTMLElement;
  /** Places `cells` as `layout` says, under headings of `grid`. */
  update(grid: GridView, layout: Layout, cells: readonly HTMLElement[]): void;
}

export function createTable(): Table {
  const element = div("vgn-cells");
  let drawn = "";
  let headings: HTMLElement[] = [];

  const drawHeadings = ({ row_name, column_name }: GridView, { rowHeadings, columnHeadings }: Layout) => {
    const key = JSON.stringify([row_name, column_name, rowHeadings, columnHeadings]);
    if (key === drawn) return;
    drawn = key;
    for (const old of headings) old.remove();
    const names = [
      columnHeadings.length && column_name ? `${column_name} →` : "",
      rowHeadings.length && row_name ? `${row_name} ↓` : "",
    ].filter(Boolean);
    headings = [
      ...(names.length ? [div("vgn-corner-names", ...names.map(nameLine))] : []),
      ...columnHeadings.map((heading) => headingOf("vgn-column", heading, column_name)),
      ...rowHeadings.map((heading) => headingOf("vgn-row", heading, row_name)),
    ];
    element.prepend(...headings);
  };
  const drawCells = ({ positions }: Layout, cells: readonly HTMLElement[]) => {
    for (const [index, cell] of cells.entries()) {
      const { row, column, ratio } = positions[index] ?? { row: 0, column: 0, ratio: 1 };
      setVariables(cell, { row, column, tall: ratio });
      if (cell.parentElement !== element) element.append(cell);
    }
  };

  return {
    element,
    update(grid, layout, cells) {
      const { columns, rows, widest, rowHeadings, columnHeadings } = layout;
      toggleClass(element, "vgn-flat", !rowHeadings.length && !columnHeadings.length);
      toggleClass(element, "vgn-flow", columns === null);
      toggleClass(element, "vgn-has-rows", rowHeadings.length > 0);
      setVariables(element, { columns: columns ?? cells.length, rows, widest, count: cells.length });
      drawHeadings(grid, layout);
      drawCells(layout, cells);
    },
  };
}

function headingOf(className: string, { text, start, span }: Heading, name: string | null): HTMLElement {
  const node = div(`vgn-th ${className}`, el("span", "vgn-th-text", text));
  node.dir = "auto";
  node.title = name ? `${name}: ${text}` : text;
  setVariables(node, { at: start, span });
  return node;
}

function nameLine(name: string): HTMLElement {
  const node = textLine("", "span");
  node.textContent = name;
  return node;
}
