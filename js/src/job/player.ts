/** The stage of a finished clip. */

import { div, el, setAttributes, setText } from "../dom";
import type { ClipSource } from "../playback/clip_store";
import type { VideoFile } from "../protocol/job";
import { clip_missing } from "../protocol/shared.json";

export const LOADING = "Loading the clip…";

export interface Player {
  element: HTMLElement;
  /** Shows `file`, played from its own address or from `clip`. An unchanged address leaves playback alone. */
  update(file: VideoFile, label: string, clip: ClipSource): void;
  destroy(): void;
}

/** The message over a player that failed. Bytes that the page has cannot be decoded; a linked file may be missing. */
export function brokenText(video: HTMLVideoElement, path: string): string {
  const embedded = /^(blob|data):/.test(video.getAttribute("src") ?? "");
  if (embedded || !path) return `This page cannot play the clip.${path && ` It is saved as ${path}`}`;
  return clip_missing.replace("{name}", () => path.split(/[\\/]/).pop() ?? "");
}

/** A looping player with the browser's own controls; it says so when a clip cannot be played. */
export function createPlayer(): Player {
  const video = el("video", "vgn-video");
  video.loop = true;
  video.playsInline = true;
  video.preload = "metadata";
  const message = div("vgn-message");
  const element = div("vgn-player", video, message);
  let broken = false;
  let path = "";
  let reason: string | null = null;

  const draw = () => {
    const loaded = video.hasAttribute("src");
    const loading = loaded || video.hasAttribute("poster") ? null : LOADING;
    video.controls = loaded && !broken;
    setText(message, broken ? brokenText(video, path) : (reason ?? loading));
  };
  video.addEventListener("error", () => {
    broken = video.hasAttribute("src");
    draw();
  });

  return {
    element,
    update(file, label, clip) {
      const src = file.src ?? clip.url;
      path = file.path;
      reason = src === null ? clip.reason : null;
      if (label) setAttributes(video, { "aria-label": label });
      if (video.getAttribute("src") !== src) broken = false;
      setAttributes(video, { poster: file.poster, src });
      draw();
    },
    destroy: () => release(video),
  };
}

/** Unloads a video: an element that is only removed from the page keeps its decoder and its connection. */
export function release(video: HTMLVideoElement): void {
  video.pause();
  video.removeAttribute("src");
  video.load();
}
