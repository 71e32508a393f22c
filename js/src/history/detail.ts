/** The job that is shown enlarged: its card, and what can be done with it. */
import { createCopyBox, createCopyButton } from "../copy_button";
import { button, div, el, setAttributes, setText, textLine } from "../dom";
import { type Card, createCard } from "../job/card";
import type { ClipSource } from "../playback/clip_store";
import type { HistoryItem } from "../protocol/history";
import { succeeded, type VideoFile } from "../protocol/job";

export interface DetailActions {
  reuse(id: string): void;
  cancel(id: string): void;
  retry(id: string): void;
  close(): void;
}

/** A job with what the page knows of it. */
export interface DetailView {
  item: HistoryItem;
  /** When the job's state was received, of `performance.now()`. */
  receivedAt: number;
  clip: (index: number) => ClipSource;
  /** Why its clips cannot be had. */
  reason: string | null;
}

export interface Detail {
  element: HTMLElement;
  /** Shows a job, or nothing. */
  update(view: DetailView | null): void;
  destroy(): void;
}

export function createDetail(actions: DetailActions): Detail {
  let shown: HistoryItem | null = null;
  let card: Card | null = null;

  const box = createCopyBox();
  const copies = [
    createCopyButton("Copy as cell", () => shown?.cell ?? "", box.show),
    createCopyButton("Copy as Python", () => shown?.python ?? "", box.show),
  ];
  const fill = () => shown && actions.reuse(shown.job.id);
  const reuse = button("vgn-button", "Reuse", fill, "Fill the form with this request");
  const close = button("vgn-button vgn-close", "×", actions.close, "Close");
  setAttributes(close, { "aria-label": "Close" });
  const downloads = el("span", "vgn-downloads");
  const reason = textLine("vgn-notice");
  const bar = div("vgn-actions", reuse, ...copies, downloads, close);
  const element = div("vgn-large", reason, bar, box);
  setAttributes(element, { role: "group", "aria-label": "The selected video" });
  element.hidden = true;

  const clear = () => {
    card?.destroy();
    card = null;
    shown = null;
    box.hide();
  };
  return {
    element,
    update(view) {
      element.hidden = !view;
      if (!view) return clear();
      const { item, receivedAt, clip } = view;
      const { id, videos } = item.job;
      if (shown?.job.id !== id) {
        clear();
        card = createCard({ cancel: () => actions.cancel(id), retry: () => actions.retry(id) });
        element.prepend(card.element);
      }
      shown = item;
      card?.update(item.job, receivedAt, clip);
      setText(reason, view.reason);
      drawDownloads(downloads, succeeded(item.job) ? videos : [], clip);
    },
    destroy() {
      clear();
      for (const copy of copies) copy.destroy();
    },
  };
}

/** One link for each clip, to save it under the name of its file. */
function drawDownloads(parent: HTMLElement, videos: VideoFile[], clip: (index: number) => ClipSource): void {
  while (parent.childElementCount > videos.length) parent.lastElementChild?.remove();
  while (parent.childElementCount < videos.length) parent.append(el("a", "vgn-button"));
  for (const [index, { src, path }] of videos.entries()) {
    const link = parent.children[index] as HTMLAnchorElement;
    const url = src ?? clip(index).url;
    setText(link, videos.length > 1 ? `Download ${index + 1}` : "Download");
    link.download = path.split(/[\\/]/).pop() ?? "";
    link.title = path;
    link.hidden = !url;
    if (url) setAttributes(link, { href: url });
  }
}
