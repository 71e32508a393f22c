/** One job of the strip: its poster or what it does now, its prompt, what made it and when. */
import { el, line, setText } from "../dom";
import { barFraction, statusText } from "../job/progress";
import type { FilmItem } from "../protocol/history";
import type { JobView, Status } from "../protocol/job";

/** What a tile calls an ending without a clip; there is room for a word. */
const ENDINGS: Partial<Record<Status, string>> = { failed: "Failed", cancelled: "Cancelled", uncertain: "Unclear" };

export interface TileActions {
  enlarge(): void;
  /** `range`: with all between this one and the one ticked before. */
  tick(range: boolean): void;
  /** It got the keyboard's focus. */
  reached(): void;
}

export interface Tile {
  element: HTMLElement;
  /** The thumbnail, which takes the focus. */
  button: HTMLButtonElement;
  update(item: FilmItem): void;
  mark(marks: { enlarged: boolean; ticked: boolean; reachable: boolean }): void;
}

export function createTile(actions: TileActions): Tile {
  const poster = el("img", "vgn-poster");
  poster.alt = "";
  poster.loading = "lazy";
  poster.draggable = false;
  const words = el("span", "vgn-state");
  const reason = el("span", "vgn-reason");
  reason.dir = "auto";
  const many = el("span", "vgn-badge vgn-times-made");
  const fill = el("span", "vgn-fill");
  const bar = el("span", "vgn-bar", fill);
  const button = el("button", "vgn-thumb", poster, words, reason, many, bar);
  button.type = "button";
  const tick = el("input", "vgn-tick");
  tick.type = "checkbox";
  // Space on the thumbnail does the same: one stop of the keyboard a tile is enough.
  tick.tabIndex = -1;
  tick.title = "Compare";
  const prompt = line("vgn-tile-prompt");
  const model = el("span", "vgn-tile-model");
  const when = el("span", "vgn-tile-when");
  const element = el("li", "vgn-tile", button, tick, prompt, el("div", "vgn-tile-facts", model, when));

  button.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) actions.tick(event.shiftKey);
    else actions.enlarge();
  });
  button.addEventListener("focus", actions.reached);
  button.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    actions.tick(event.shiftKey);
  });
  // Firefox presses a button when Space is let go.
  button.addEventListener("keyup", (event) => event.key === " " && event.preventDefault());
  tick.addEventListener("click", (event) => actions.tick(event.shiftKey));

  return {
    element,
    button,
    update({ job, when: time }) {
      const ending = ENDINGS[job.status];
      const label = [job.prompt || "no prompt", job.model, job.status].filter(Boolean).join(", ");
      element.dataset.status = job.status;
      button.setAttribute("aria-label", label);
      button.setAttribute("aria-description", (ending && job.error?.what) || "");
      tick.setAttribute("aria-label", `Compare: ${label}`);
      showPoster(poster, job);
      setText(words, job.status === "succeeded" ? null : (ending ?? statusText(job)));
      setText(reason, (ending && job.error?.what) || null);
      setText(many, job.videos.length > 1 ? `× ${job.videos.length}` : null);
      bar.hidden = job.phase === "ended";
      const fraction = barFraction(job);
      fill.style.transform = `scaleX(${(fraction ?? 0).toFixed(4)})`;
      setText(prompt, job.prompt);
      prompt.title = job.prompt;
      setText(model, job.model);
      model.title = job.model;
      setText(when, time);
    },
    mark({ enlarged, ticked, reachable }) {
      element.classList.toggle("vgn-enlarged", enlarged);
      element.classList.toggle("vgn-ticked", ticked);
      if (enlarged) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
      tick.checked = ticked;
      button.tabIndex = reachable ? 0 : -1;
    },
  };
}

function showPoster(poster: HTMLImageElement, { videos }: JobView): void {
  const url = videos[0]?.poster ?? null;
  poster.hidden = !url;
  if (url && poster.getAttribute("src") !== url) poster.src = url;
}
