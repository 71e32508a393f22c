/** The thumbnails, newest first: one stop of the keyboard, several to tick. */
import { el, setText } from "../dom";
import type { FilmItem, FilmView } from "../protocol/history";
import { createTile, type Tile } from "./thumbnail";

export interface StripActions {
  enlarge(id: string): void;
  ticked(ids: string[]): void;
  more(): void;
}

export interface Strip {
  element: HTMLElement;
  update(film: FilmView): void;
  item(item: FilmItem): void;
  /** Marks the one that is shown large. */
  enlarge(id: string | null): void;
  untick(): void;
  /** Puts the keyboard back on a thumbnail. */
  focus(id: string): void;
}

export function createStrip(actions: StripActions): Strip {
  const tiles = new Map<string, Tile>();
  const ticked = new Set<string>();
  let order: string[] = [];
  let reachable: string | null = null;
  let enlarged: string | null = null;
  let lastTicked: string | null = null;

  const list = el("ul", "vgn-tiles");
  list.setAttribute("aria-label", "Videos, newest first");
  // Safari takes the role from a list without bullets.
  list.setAttribute("role", "list");
  const older = el("button", "vgn-button vgn-older", "Older");
  older.type = "button";
  const empty = el("div", "vgn-empty");
  const element = el("div", "vgn-strip", empty, list, older);

  const mark = () => {
    if (!reachable || !tiles.has(reachable)) reachable = order[0] ?? null;
    for (const [id, tile] of tiles) {
      tile.mark({ enlarged: id === enlarged, ticked: ticked.has(id), reachable: id === reachable });
    }
    list.classList.toggle("vgn-ticking", ticked.size > 0);
  };
  const tick = (id: string, range: boolean) => {
    const from = range && lastTicked ? order.indexOf(lastTicked) : -1;
    const to = order.indexOf(id);
    if (from >= 0) for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) ticked.add(each);
    else if (!ticked.delete(id)) ticked.add(id);
    lastTicked = id;
    mark();
    actions.ticked([...ticked]);
  };
  const tileOf = (id: string): Tile => {
    const known = tiles.get(id);
    if (known) return known;
    const tile = createTile({
      enlarge: () => actions.enlarge(id),
      tick: (range) => tick(id, range),
      reached: () => {
        reachable = id;
        mark();
      },
    });
    tiles.set(id, tile);
    return tile;
  };
  const focus = (id: string) => tiles.get(id)?.button.focus();

  list.addEventListener("keydown", (event) => {
    const place = reachable === null ? -1 : order.indexOf(reachable);
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = moved(event.key, place, order.length, columns(list));
    if (target === null) return;
    event.preventDefault();
    focus(order[target] ?? "");
  });
  older.addEventListener("click", () => {
    if (older.getAttribute("aria-disabled") === "true") return;
    older.setAttribute("aria-disabled", "true");
    setText(older, "Looking…");
    actions.more();
  });

  return {
    element,
    update({ items, query, more }) {
      order = items.map(({ job }) => job.id);
      for (const [id, tile] of tiles) {
        if (order.includes(id)) continue;
        tile.element.remove();
        tiles.delete(id);
      }
      items.forEach((item, place) => {
        const tile = tileOf(item.job.id);
        tile.update(item);
        // A node that is moved loses the focus, so those in their place stay untouched.
        if (list.children[place] !== tile.element) list.insertBefore(tile.element, list.children[place] ?? null);
      });
      list.hidden = !items.length;
      const first =
        "No videos yet. Write a prompt and press Generate: each one shows here from the moment it is asked for.";
      setText(empty, items.length ? null : query ? `No video matches “${query}”.` : first);
      older.setAttribute("aria-disabled", "false");
      setText(older, "Older");
      older.hidden = !more;
      mark();
    },
    item(item) {
      tiles.get(item.job.id)?.update(item);
    },
    enlarge(id) {
      enlarged = id;
      mark();
    },
    untick() {
      ticked.clear();
      lastTicked = null;
      mark();
      actions.ticked([]);
    },
    focus,
  };
}

/** Where a key leads from `place` in rows of `across`; null where it leads nowhere. */
export function moved(key: string, place: number, count: number, across: number): number | null {
  const target = {
    ArrowLeft: place - 1,
    ArrowRight: place + 1,
    ArrowUp: place - across,
    ArrowDown: place + across,
    Home: 0,
    End: count - 1,
  }[key];
  if (target === undefined) return null;
  return target >= 0 && target < count ? target : place;
}

/** How many thumbnails stand in a row just now. */
function columns(list: HTMLElement): number {
  const tiles = [...list.children] as HTMLElement[];
  const top = tiles[0]?.offsetTop;
  const second = tiles.findIndex((tile) => tile.offsetTop !== top);
  return second < 0 ? tiles.length : second;
}
