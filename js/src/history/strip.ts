/** The thumbnails, newest first: one stop of the Tab key, within which arrow keys move. */

import { button, div, el, setAttributes, setText, toggleClass } from "../dom";
import type { HistoryItem, HistoryView } from "../protocol/history";
import { generate_label as GENERATE } from "../protocol/shared.json";
import { createThumbnail, type Thumbnail } from "./thumbnail";
import { Ticks } from "./ticks";

const EMPTY = `No videos yet. Write a prompt and press ${GENERATE}: each video appears here as soon as it is submitted.`;

export interface StripActions {
  enlarge(id: string): void;
  /** Other jobs are ticked now. */
  ticked(ids: string[]): void;
  more(): void;
}

export interface Strip {
  element: HTMLElement;
  update(history: HistoryView): void;
  item(item: HistoryItem): void;
  /** Marks the job that is shown enlarged. */
  enlarge(id: string | null): void;
  untick(): void;
  /** Puts the keyboard focus on a thumbnail. */
  focus(id: string): void;
}

export function createStrip(actions: StripActions): Strip {
  const thumbnails = new Map<string, Thumbnail>();
  const ticks = new Ticks();
  let order: string[] = [];
  /** The thumbnail that the Tab key reaches. */
  let reachable: string | null = null;
  let enlarged: string | null = null;

  const list = el("ul", "vgn-tiles");
  // Safari drops the role of a list without bullets.
  setAttributes(list, { "aria-label": "Videos, newest first", role: "list" });
  const older = button("vgn-button vgn-older", "Older", () => {
    if (older.getAttribute("aria-disabled") === "true") return;
    drawOlder(true);
    actions.more();
  });
  const empty = div("vgn-empty");
  const element = div("vgn-strip", empty, list, older);

  const drawOlder = (loading: boolean) => {
    setAttributes(older, { "aria-disabled": loading });
    setText(older, loading ? "Loading…" : "Older");
  };
  const drawMarks = () => {
    if (!reachable || !thumbnails.has(reachable)) reachable = order[0] ?? null;
    for (const [id, thumbnail] of thumbnails) {
      thumbnail.mark({ enlarged: id === enlarged, ticked: ticks.has(id), reachable: id === reachable });
    }
    toggleClass(list, "vgn-ticking", ticks.ids.length > 0);
  };
  const drawTicks = () => {
    drawMarks();
    actions.ticked(ticks.ids);
  };
  const create = (id: string): Thumbnail => {
    const thumbnail = createThumbnail({
      enlarge: () => actions.enlarge(id),
      tick(range) {
        ticks.toggle(id, range, order);
        drawTicks();
      },
      focused() {
        reachable = id;
        drawMarks();
      },
    });
    thumbnails.set(id, thumbnail);
    return thumbnail;
  };
  const dropMissing = () => {
    for (const [id, thumbnail] of thumbnails) {
      if (order.includes(id)) continue;
      thumbnail.element.remove();
      thumbnails.delete(id);
    }
  };
  const focus = (id: string) => thumbnails.get(id)?.button.focus();

  list.addEventListener("keydown", (event) => {
    const index = reachable === null ? -1 : order.indexOf(reachable);
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = moved(event.key, index, order.length, columns(list));
    if (target === null) return;
    event.preventDefault();
    focus(order[target] ?? "");
  });

  return {
    element,
    update({ items, query, more }) {
      order = items.map(({ job }) => job.id);
      dropMissing();
      for (const [index, item] of items.entries()) {
        const thumbnail = thumbnails.get(item.job.id) ?? create(item.job.id);
        thumbnail.update(item);
        const current = list.children[index] ?? null;
        // A node that is moved loses the focus, so those that stand where they belong are left alone.
        if (current !== thumbnail.element) list.insertBefore(thumbnail.element, current);
      }
      list.hidden = !items.length;
      const message = query ? `No video matches “${query}”.` : EMPTY;
      setText(empty, items.length ? null : message);
      drawOlder(false);
      older.hidden = !more;
      drawMarks();
    },
    item(item) {
      thumbnails.get(item.job.id)?.update(item);
    },
    enlarge(id) {
      enlarged = id;
      drawMarks();
    },
    untick() {
      ticks.clear();
      drawTicks();
    },
    focus,
  };
}

/** Where a key leads from `index` in rows of `across`; null for keys that do not move. */
export function moved(key: string, index: number, count: number, across: number): number | null {
  const target = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - across,
    ArrowDown: index + across,
    Home: 0,
    End: count - 1,
  }[key];
  if (target === undefined) return null;
  return target >= 0 && target < count ? target : index;
}

/** How many thumbnails stand in a row. */
function columns(list: HTMLElement): number {
  const nodes = [...list.children] as HTMLElement[];
  const top = nodes[0]?.offsetTop;
  const second = nodes.findIndex((node) => node.offsetTop !== top);
  return second < 0 ? nodes.length : second;
}
