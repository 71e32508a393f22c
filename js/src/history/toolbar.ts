/** The line above the thumbnails: a search, and what is done with the ticked ones. */
import { button, div, el, setAttributes, setText, toggleClass } from "../dom";

const TYPING_MS = 200;

export interface ToolbarActions {
  search(query: string): void;
  compare(ids: string[]): void;
  untick(): void;
}

export interface Toolbar {
  element: HTMLElement;
  search: HTMLInputElement;
  /** Shows the query of the jobs that are shown, unless the user is typing another. */
  query(query: string): void;
  /** Offers to compare these jobs. */
  ticked(ids: string[]): void;
  destroy(): void;
}

export function createToolbar(actions: ToolbarActions): Toolbar {
  let ids: string[] = [];
  let typing: ReturnType<typeof setTimeout> | undefined;

  const search = el("input", "vgn-search");
  Object.assign(search, { type: "search", placeholder: "Search prompts, models…" });
  setAttributes(search, { "aria-label": "Search the videos" });
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      typing = undefined;
      actions.search(search.value.trim());
    }, TYPING_MS);
  });
  const compare = button("vgn-button vgn-compare", "", () => ids.length > 1 && actions.compare(ids));
  const clear = button("vgn-button", "Clear", actions.untick, "Untick all");
  const element = div("vgn-tools", search, compare, clear);

  return {
    element,
    search,
    query(query) {
      if (typing === undefined && search !== document.activeElement) search.value = query;
    },
    ticked(next) {
      ids = next;
      toggleClass(element, "vgn-choosing", ids.length > 0);
      setText(compare, ids.length > 1 ? `Compare ${ids.length}` : "Tick another to compare");
      setAttributes(compare, { "aria-disabled": ids.length < 2 });
    },
    destroy: () => clearTimeout(typing),
  };
}
