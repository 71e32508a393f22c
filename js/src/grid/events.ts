/** Keys, pointer and clicks on a grid change its state. */
import { listen } from "../dom";
import type { Run } from "./controls/commands";
import { listenToKeys } from "./controls/keyboard";
import { listenToPointer } from "./controls/pointer";
import { edgeByKey } from "./lenses/wipe";
import type { Parts } from "./parts";
import type { Renderer } from "./render";
import type { GridState } from "./state";
import { choose } from "./view_mode";

/** Listens until the returned function is called; `used` is called where the user does something. */
export function listenToUser(
  state: GridState,
  parts: Parts,
  renderer: Renderer,
  run: Run,
  used: () => void,
): () => void {
  const { root, cells, edge } = parts;
  const indexOf = (target: Element) => cells.list.findIndex(({ element }) => element.contains(target));
  const setEdge = (next: number) => {
    state.edge = next;
    renderer.drawEdge();
  };
  const stopKeys = listenToKeys(root, {
    run,
    peek(on) {
      state.peeking = on && state.comparing;
      renderer.draw();
      return state.comparing;
    },
    edge(event) {
      const next = edgeByKey(state.edge, event, state.vertical);
      if (next !== null) setEdge(next);
      return next !== null;
    },
  });
  const stopPointer = listenToPointer(parts.table.element, {
    zoom: () => state.zoom,
    setZoom(zoom) {
      state.zoom = zoom;
      renderer.drawZoom();
    },
    wipe() {
      if (state.view.mode !== "wipe") return null;
      return { box: edge.element.getBoundingClientRect(), vertical: state.vertical };
    },
    setEdge,
    click(target) {
      const index = indexOf(target);
      if (index < 0 || state.view.mode !== "grid" || target.closest("button")) return;
      state.view = choose(state.view, index);
      used();
      renderer.draw();
    },
    doubleClick(target) {
      const index = indexOf(target);
      if (index >= 0 && target.closest(".vgn-player") && !state.comparing) run("choose", index);
    },
  });
  // A click on a button leaves the focus on the grid, where Space plays; on the button it would press that again.
  const mousedown = (event: MouseEvent) => {
    const target = event.target as Element;
    if (target.closest("select, input, .vgn-handle, .vgn-sheet, .vgn-ask")) return;
    if (target.closest("button, .vgn-player")) event.preventDefault();
    root.focus({ preventScroll: true });
  };
  listen(root, { mousedown, fullscreenchange: renderer.draw });
  return () => {
    stopKeys();
    stopPointer();
  };
}
