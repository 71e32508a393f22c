/** The job that is shown large: its card, and what can be done with it. */

import { el, line, setText } from "../dom";
import { type Card, createCard } from "../job/card";
import type { FilmItem } from "../protocol/history";
import type { VideoFile } from "../protocol/job";
import { createCopy, createCopyBox } from "./copy";

export interface LargeActions {
  reuse(id: string): void;
  cancel(id: string): void;
  retry(id: string): void;
  close(): void;
}

/** What is shown large: `heard` as for a card, `noClip` why its bytes cannot be had. */
export interface LargeView {
  item: FilmItem;
  heard: number;
  clip: (index: number) => string | null;
  noClip: string | null;
}

export interface Large {
  element: HTMLElement;
  update(view: LargeView | null): void;
  destroy(): void;
}

export function createLarge(actions: LargeActions): Large {
  let shown: FilmItem | null = null;
  let card: Card | null = null;

  const box = createCopyBox();
  const copies = [
    createCopy("Copy as cell", () => shown?.cell ?? "", box.show),
    createCopy("Copy as Python", () => shown?.python ?? "", box.show),
  ];
  const reuse = button("Reuse", "Fills the form with this request", () => shown && actions.reuse(shown.job.id));
  const close = button("×", "Close", actions.close);
  close.classList.add("vgn-close");
  close.setAttribute("aria-label", "Close");
  const downloads = el("span", "vgn-downloads");
  const why = line("vgn-notice");
  const bar = el("div", "vgn-actions", reuse, ...copies.map(({ element }) => element), downloads, close);
  const element = el("div", "vgn-large", why, bar, box.element);
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "The video chosen");
  element.hidden = true;

  const leave = () => {
    card?.destroy();
    card = null;
    shown = null;
    box.hide();
  };
  return {
    element,
    update(view) {
      element.hidden = !view;
      if (!view) return leave();
      const { item, heard, clip, noClip } = view;
      const { id, videos, status } = item.job;
      if (shown?.job.id !== id) {
        leave();
        card = createCard({ cancel: () => actions.cancel(id), retry: () => actions.retry(id) });
        element.prepend(card.element);
      }
      shown = item;
      card?.update(item.job, heard, clip);
      setText(why, noClip);
      offer(downloads, status === "succeeded" ? videos : [], clip);
    },
    destroy() {
      leave();
      for (const copy of copies) copy.destroy();
    },
  };
}

/** One link a clip, to save it under the name of its file. */
function offer(place: HTMLElement, videos: VideoFile[], clip: (index: number) => string | null): void {
  while (place.childElementCount > videos.length) place.lastElementChild?.remove();
  while (place.childElementCount < videos.length) place.append(el("a", "vgn-button"));
  videos.forEach(({ src, path }, index) => {
    const link = place.children[index] as HTMLAnchorElement;
    const url = src ?? clip(index);
    setText(link, videos.length > 1 ? `Download ${index + 1}` : "Download");
    link.download = path.split(/[\\/]/).pop() ?? "";
    link.title = path;
    link.hidden = !url;
    if (url && link.getAttribute("href") !== url) link.href = url;
  });
}

function button(label: string, title: string, act: () => void): HTMLButtonElement {
  const made = el("button", "vgn-button", label);
  made.type = "button";
  made.title = title;
  made.addEventListener("click", act);
  return made;
}
