/** The stage of a finished clip, and the clips that came as bytes. */
import { el, setText } from "./dom";
import type { VideoFile } from "./protocol/job";

/** Clips received as bytes, by index, for as long as their widget lives. */
export interface Clips {
  /** Keeps a clip; one that is already there stays, since another page's greeting makes Python send it again. */
  hold(index: number, clip: Blob): void;
  url(index: number): string | null;
  /** Frees all of them. */
  clear(): void;
}

export function createClips(): Clips {
  const urls = new Map<number, string>();
  return {
    hold(index, clip) {
      if (!urls.has(index)) urls.set(index, URL.createObjectURL(clip));
    },
    url: (index) => urls.get(index) ?? null,
    clear() {
      for (const url of urls.values()) URL.revokeObjectURL(url);
      urls.clear();
    },
  };
}

export interface Player {
  element: HTMLElement;
  /** Shows `file`, played from `url`: its own address or a held clip's. Equal addresses leave playback alone. */
  update(file: VideoFile, url: string | null, label: string): void;
  destroy(): void;
}

/** A looping player with the browser's own controls; it says so when a clip cannot be played. */
export function createPlayer(): Player {
  const video = el("video", "vgn-video");
  video.loop = true;
  video.playsInline = true;
  video.preload = "metadata";
  const message = el("div", "vgn-message");
  const element = el("div", "vgn-player", video, message);
  let broken = false;
  let path = "";

  const draw = () => {
    const bare = !video.hasAttribute("src") && !video.hasAttribute("poster");
    const where = path && ` It is saved as ${path}`;
    video.controls = video.hasAttribute("src") && !broken;
    setText(message, broken ? `This page cannot play the clip.${where}` : bare ? "Loading the clip…" : null);
  };
  video.addEventListener("error", () => {
    broken = video.hasAttribute("src");
    draw();
  });

  return {
    element,
    update(file, url, label) {
      path = file.path;
      if (label) video.setAttribute("aria-label", label);
      setAddress(video, "poster", file.poster);
      if (setAddress(video, "src", url)) broken = false;
      draw();
    },
    destroy() {
      // A detached element keeps its decoder and its connection until it is told to let go.
      video.pause();
      video.removeAttribute("src");
      video.load();
    },
  };
}

function setAddress(video: HTMLVideoElement, name: "src" | "poster", url: string | null): boolean {
  if (video.getAttribute(name) === url) return false;
  if (url === null) video.removeAttribute(name);
  else video.setAttribute(name, url);
  return true;
}
