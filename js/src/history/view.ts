/** One place where the strip is shown: the large one, the search, the thumbnails. What is enlarged and ticked is its own. */
import { el, line, setText } from "../dom";
import type { FilmItem, FilmView } from "../protocol/history";
import { createLarge, type LargeActions, type LargeView } from "./detail";
import { createStrip } from "./strip";

const TYPING_MS = 200;
/** A job no older than this, in seconds, was just asked for. */
const FRESH = 5;

export interface FilmActions extends Omit<LargeActions, "close"> {
  search(query: string): void;
  more(): void;
  compare(ids: string[]): void;
  /** The job is shown large from now on. */
  enlarge(id: string): void;
  /** The job is large, and may have changed. */
  enlarged(item: FilmItem): void;
}

export interface Film {
  element: HTMLElement;
  /** Id of the job that is shown large. */
  large(): string | null;
  update(film: FilmView): void;
  /** One job has changed. */
  item(item: FilmItem): void;
  /** What the page knows of a job's clips has changed. */
  clips(id: string): void;
  /** A line about the kernel, or none. */
  say(line: string | null): void;
  destroy(): void;
}

/** `known` adds to a job what the page knows of it. */
export function createFilm(actions: FilmActions, known: (item: FilmItem) => LargeView): Film {
  let items = new Map<string, FilmItem>();
  let large: FilmItem | null = null;
  let closedByHand = false;
  let chosenByHand = false;
  let ticked: string[] = [];
  let typing: ReturnType<typeof setTimeout> | undefined;

  const enlarge = (item: FilmItem | null) => {
    const other = item && item.job.id !== large?.job.id;
    large = item;
    if (other) actions.enlarge(item.job.id);
    if (item) actions.enlarged(item);
    stage.update(item && known(item));
    strip.enlarge(item?.job.id ?? null);
  };
  const close = () => {
    const id = large?.job.id;
    closedByHand = true;
    chosenByHand = false;
    enlarge(null);
    if (id) strip.focus(id);
  };
  const stage = createLarge({ ...actions, close });
  const strip = createStrip({
    enlarge(id) {
      const item = items.get(id);
      if (!item || large?.job.id === id) return close();
      closedByHand = false;
      chosenByHand = true;
      enlarge(item);
      // The page may keep the strip where it was and open the stage above what is seen.
      stage.element.scrollIntoView?.({ block: "nearest" });
    },
    ticked(ids) {
      ticked = ids;
      tools.classList.toggle("vgn-choosing", ids.length > 0);
      setText(compare, ids.length > 1 ? `Compare ${ids.length}` : "Tick another to compare");
      compare.setAttribute("aria-disabled", String(ids.length < 2));
    },
    more: actions.more,
  });

  const search = el("input", "vgn-search");
  search.type = "search";
  search.placeholder = "Search prompts, models…";
  search.setAttribute("aria-label", "Search the videos");
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      typing = undefined;
      actions.search(search.value.trim());
    }, TYPING_MS);
  });
  const compare = el("button", "vgn-button vgn-compare");
  compare.type = "button";
  compare.addEventListener("click", () => ticked.length > 1 && actions.compare(ticked));
  const clear = el("button", "vgn-button", "Clear");
  clear.type = "button";
  clear.title = "Untick all";
  clear.addEventListener("click", () => strip.untick());
  const tools = el("div", "vgn-tools", search, compare, clear);
  const kernel = line("vgn-notice vgn-kernel");
  kernel.setAttribute("role", "status");
  const element = el("div", "vgn-film", stage.element, tools, kernel, strip.element);
  setText(kernel, null);

  element.addEventListener("keydown", (event) => {
    // Plain keys on a focused button are a notebook's commands; those with a modifier stay its own.
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    if (event.key === "Escape" && large && event.target !== search) close();
  });

  return {
    element,
    large: () => large?.job.id ?? null,
    update(film) {
      const fresh = film.items.filter(({ job }) => !items.has(job.id) && job.phase !== "ended" && job.elapsed < FRESH);
      items = new Map(film.items.map((item) => [item.job.id, item]));
      strip.update(film);
      if (typing === undefined && search !== document.activeElement) search.value = film.query;
      // What one just asked for is what one waits for; several at once are better seen side by side.
      if (!chosenByHand && !closedByHand && fresh.length === 1) enlarge(fresh[0] ?? null);
      else if (large) enlarge(items.get(large.job.id) ?? large);
    },
    item(item) {
      if (items.has(item.job.id)) items.set(item.job.id, item);
      strip.item(item);
      if (large?.job.id === item.job.id) enlarge(item);
    },
    clips: (id) => large?.job.id === id && enlarge(large),
    say: (words) => setText(kernel, words),
    destroy() {
      clearTimeout(typing);
      stage.destroy();
      element.remove();
    },
  };
}
