/** The widget of a grid: clips and messages are shared by its views, each of which plays and looks by itself. */
import type { AnyWidget } from "@anywidget/types";
import { withCell } from "../grid/cells/layout";
import { createGrid, type Grid } from "../grid/view";
import { connectGrid, type GridChannel, type GridView } from "../protocol/grid";

export default (() => {
  const views = new Set<Grid>();
  const urls = new Map<string, string>();
  const missing = new Map<string, string>();
  const wanted = new Set<string>();
  let channel: GridChannel;
  let grid: GridView;

  const each = (act: (view: Grid) => void) => {
    for (const view of views) act(view);
  };
  /** Frees the clips of cells that are gone, or that make another one. */
  const prune = () => {
    const kept = new Set(grid.cells.flatMap(({ key, job }) => (job.status === "succeeded" ? key : [])));
    const gone = (key: string) => !kept.has(key);
    for (const key of [...wanted].filter(gone)) {
      const url = urls.get(key);
      if (url) URL.revokeObjectURL(url);
      for (const known of [wanted, urls, missing]) known.delete(key);
    }
  };

  return {
    initialize({ model }) {
      channel = connectGrid(model, {
        grid(next) {
          grid = next;
          prune();
          each((view) => view.update(grid));
        },
        cell(place, cell) {
          if (!grid.cells[place]) return;
          grid = withCell(grid, place, cell);
          prune();
          each((view) => view.updateCell(place, cell));
        },
        clip(key, clip) {
          if (urls.has(key)) return;
          const url = URL.createObjectURL(clip);
          wanted.add(key);
          urls.set(key, url);
          each((view) => view.clip(key, url));
        },
        noClip(key, why) {
          missing.set(key, why);
          each((view) => view.noClip(key, why));
        },
      });
      grid = channel.initial;
      channel.hello();
      return () => {
        channel.close();
        for (const url of urls.values()) URL.revokeObjectURL(url);
        urls.clear();
      };
    },
    render({ el }) {
      const view = createGrid({
        live: {
          ...channel,
          want(key) {
            if (wanted.has(key)) return;
            wanted.add(key);
            channel.want(key);
          },
        },
        picked(picks) {
          grid = { ...grid, ...picks };
          channel.pick(picks);
          each((other) => other.setPicks(picks));
        },
      });
      views.add(view);
      view.update(grid);
      for (const [key, url] of urls) view.clip(key, url);
      for (const [key, why] of missing) view.noClip(key, why);
      el.append(view.element);
      return () => {
        views.delete(view);
        view.destroy();
      };
    },
  };
}) satisfies AnyWidget<{ grid: unknown }>;
