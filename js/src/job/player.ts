/** The stage of a finished clip, and the clips that came as bytes. */
import { el, setText } from "../dom";
import type { VideoFile } from "../protocol/job";

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
  /**
   * Shows `file`, played from `url`: its own address or a held clip's; or says `why` it has none. Equal addresses leave
   * playback alone.
   */
  update(file: VideoFile, url: string | null, label: string, why?: string | null): void;
  destroy(): void;
}

/** What stands over a player that has failed: bytes that are here can't be read, a file that is not may have gone. */
export function brokenText(video: HTMLVideoElement, path: string): string {
  const held = /^(blob|data):/.test(video.getAttribute("src") ?? "");
  if (held || !path) return `This page cannot play the clip.${path && ` It is saved as ${path}`}`;
  const name = path.split(/[\\/]/).pop();
  return `${name} is not there, moved or deleted, or cannot be played. %videogen jobs finds where clips are.`;
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
  let reason: string | null = null;

  const draw = () => {
    const bare = !video.hasAttribute("src") && !video.hasAttribute("poster");
    video.controls = video.hasAttribute("src") && !broken;
    setText(message, broken ? brokenText(video, path) : (reason ?? (bare ? "Loading the clip…" : null)));
  };
  video.addEventListener("error", () => {
    broken = video.hasAttribute("src");
    draw();
  });

  return {
    element,
    update(file, url, label, why = null) {
      path = file.path;
      reason = url === null ? why : null;
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
