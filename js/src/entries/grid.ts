/** The widget of a grid: its views share clips and messages; each has its own playback and mode. */

import type { AnyWidget } from "@anywidget/types";
import { withCell } from "../grid/cells/layout";
import { createGrid, type Grid } from "../grid/view";
import { createClipStore } from "../playback/clip_store";
import { connectGrid, type GridChannel, type GridView } from "../protocol/grid";
import { succeeded } from "../protocol/job";

export default (() => {
  const views = new Set<Grid>();
  let channel: GridChannel;
  let grid: GridView;

  const forViews = (act: (view: Grid) => void) => {
    for (const view of views) act(view);
  };
  const clips = createClipStore<string>((key) => forViews((view) => view.clipChanged(key)));
  /** Frees the clips of cells that are gone, or that make another one. */
  const dropOldClips = () => {
    const current = new Set(grid.cells.flatMap(({ key, job }) => (succeeded(job) ? key : [])));
    clips.drop((key) => !current.has(key));
  };

  return {
    initialize({ model }) {
      channel = connectGrid(model, {
        grid(next) {
          grid = next;
          dropOldClips();
          forViews((view) => view.update(grid));
        },
        cell(index, cell) {
          if (!grid.cells[index]) return;
          grid = withCell(grid, index, cell);
          dropOldClips();
          forViews((view) => view.updateCell(index, cell));
        },
        clip: clips.add,
        noClip: clips.refuse,
      });
      grid = channel.initial;
      channel.hello();
      return () => {
        channel.close();
        clips.drop(() => true);
      };
    },
    render({ el }) {
      const want = (key: string) => {
        if (clips.request(key)) channel.want(key);
      };
      const view = createGrid({
        live: { ...channel, want },
        clips,
        picked(picks) {
          grid = { ...grid, ...picks };
          channel.pick(picks);
          forViews((other) => other.setPicks(picks));
        },
      });
      views.add(view);
      view.update(grid);
      el.append(view.element);
      return () => {
        views.delete(view);
        view.destroy();
      };
    },
  };
}) satisfies AnyWidget<{ grid: unknown }>;
