/** One job of the strip: its poster or its state, its prompt, its model and when it was submitted. */

import { button, div, el, listen, setAttributes, setText, setTitledText, textLine, toggleClass } from "../dom";
import { barFraction, statusText } from "../job/progress";
import type { HistoryItem } from "../protocol/history";
import { type JobView, type Status, succeeded } from "../protocol/job";
import { joined } from "../texts";

/** An ending without a clip in one word: there is no room for more. */
const ENDINGS: Partial<Record<Status, string>> = { failed: "Failed", cancelled: "Cancelled", uncertain: "Unclear" };

export interface ThumbnailActions {
  enlarge(): void;
  /** `range`: with all between this one and the one ticked before. */
  tick(range: boolean): void;
  /** It got the keyboard focus. */
  focused(): void;
}

export interface Thumbnail {
  element: HTMLElement;
  /** What takes the focus. */
  button: HTMLButtonElement;
  update(item: HistoryItem): void;
  mark(marks: { enlarged: boolean; ticked: boolean; reachable: boolean }): void;
}

export function createThumbnail(actions: ThumbnailActions): Thumbnail {
  const poster = el("img", "vgn-poster");
  poster.alt = "";
  poster.loading = "lazy";
  poster.draggable = false;
  const status = el("span", "vgn-state");
  const reason = textLine("vgn-reason", "span");
  const count = el("span", "vgn-badge vgn-clip-count");
  const fill = el("span", "vgn-fill");
  const bar = el("span", "vgn-bar", fill);
  const image = button("vgn-thumb", "", ({ ctrlKey, metaKey, shiftKey }) => {
    if (ctrlKey || metaKey || shiftKey) actions.tick(shiftKey);
    else actions.enlarge();
  });
  image.append(poster, status, reason, count, bar);
  const tick = el("input", "vgn-tick");
  tick.type = "checkbox";
  // Space on the thumbnail does the same: one stop of the Tab key is enough.
  tick.tabIndex = -1;
  tick.title = "Compare";
  const prompt = textLine("vgn-tile-prompt");
  const model = el("span", "vgn-tile-model");
  const time = el("span", "vgn-tile-when");
  const element = el("li", "vgn-tile", image, tick, prompt, div("vgn-tile-facts", model, time));

  listen(image, {
    focus: actions.focused,
    keydown(event) {
      if (event.key !== " ") return;
      event.preventDefault();
      actions.tick(event.shiftKey);
    },
    // Firefox presses a button when Space is released.
    keyup: (event) => event.key === " " && event.preventDefault(),
  });
  listen(tick, { click: (event) => actions.tick(event.shiftKey) });

  const drawState = (job: JobView) => {
    const ending = ENDINGS[job.status];
    const error = (ending && job.error?.summary) || null;
    const label = joined([job.prompt || "no prompt", job.model, job.status], ", ");
    element.dataset.status = job.status;
    setAttributes(image, { "aria-label": label, "aria-description": error ?? "" });
    setAttributes(tick, { "aria-label": `Compare: ${label}` });
    setText(status, succeeded(job) ? null : (ending ?? statusText(job)));
    setText(reason, error);
    bar.hidden = job.phase === "ended";
    fill.style.transform = `scaleX(${(barFraction(job) ?? 0).toFixed(4)})`;
  };
  return {
    element,
    button: image,
    update({ job, when }) {
      drawState(job);
      drawPoster(poster, job);
      setText(count, job.videos.length > 1 ? `× ${job.videos.length}` : null);
      setTitledText(prompt, job.prompt);
      setTitledText(model, job.model);
      setText(time, when);
    },
    mark({ enlarged, ticked, reachable }) {
      toggleClass(element, "vgn-enlarged", enlarged);
      toggleClass(element, "vgn-ticked", ticked);
      setAttributes(image, { "aria-current": enlarged || null });
      tick.checked = ticked;
      image.tabIndex = reachable ? 0 : -1;
    },
  };
}

function drawPoster(poster: HTMLImageElement, { videos }: JobView): void {
  const url = videos[0]?.poster ?? null;
  poster.hidden = !url;
  if (url) setAttributes(poster, { src: url });
}
