/** The player of a cell, which has no controls of its own, and the message over it when it cannot play. */
import { div, el, listen, setAttributes, setText, setVariables } from "../../dom";
import { brokenText, LOADING, release } from "../../job/player";
import type { ClipSource } from "../../playback/clip_store";
import type { JobView } from "../../protocol/job";

export interface CellPlayer {
  element: HTMLElement;
  /** Lives as long as the cell; without a `src` while there is no clip. */
  video: HTMLVideoElement;
  /** Whether nothing is known that keeps the clip from being played. */
  readonly playable: boolean;
  update(job: JobView, name: string): void;
  /** Gives the player its clip, or the reason why there is none. */
  setClip(clip: ClipSource): void;
  /** Lets the browser load the clip. */
  load(): void;
  destroy(): void;
}

/** `adopted`: a player that is already in the page, whose clip and poster stay as they are. */
export function createCellPlayer(adopted: HTMLVideoElement | null): CellPlayer {
  const video = adopted ?? el("video", "");
  prepare(video);
  const message = div("vgn-message");
  const element = div("vgn-player", div("vgn-frame", video), message);
  let path = "";
  let broken = false;
  let reason: string | null = null;

  const drawMessage = () => {
    const loading = video.hasAttribute("src") || video.hasAttribute("poster") ? null : LOADING;
    // A printed page is laid out in another folder than its files, and shows the posters.
    const failed = broken && !matchMedia("print").matches ? brokenText(video, path) : null;
    setText(message, failed ?? reason ?? loading);
  };
  const setBroken = (next: boolean) => {
    broken = next;
    drawMessage();
  };
  const recover = () => setBroken(false);
  const error = () => setBroken(video.hasAttribute("src"));
  // JupyterLab gives a saved player its final address only after the first one may have failed.
  const unlisten = listen(video, { error, emptied: recover, loadedmetadata: recover });

  return {
    element,
    video,
    get playable() {
      return reason === null;
    },
    update(job, name) {
      const file = job.videos[0];
      path = file?.path ?? "";
      setVariables(element, { ratio: job.width / job.height });
      setAttributes(video, { "aria-label": name });
      if (file?.poster || !adopted) setAttributes(video, { poster: file?.poster ?? null });
      drawMessage();
    },
    setClip(clip) {
      reason = clip.reason;
      if (clip.url !== null) setAttributes(video, { src: clip.url });
      else if (!adopted && video.hasAttribute("src")) release(video);
      drawMessage();
    },
    load() {
      if (video.preload === "none") video.preload = "auto";
    },
    destroy() {
      unlisten();
      release(video);
    },
  };
}

function prepare(video: HTMLVideoElement): void {
  video.className = "vgn-video";
  // The page's own error handler would replace the player by its message.
  for (const name of ["style", "onerror"]) video.removeAttribute(name);
  video.controls = false;
  // The common clock loops all clips, and the grid sets which one is heard.
  video.loop = false;
  video.muted = true;
  video.playsInline = true;
  video.preload = "none";
  video.tabIndex = -1;
}
