/** One place of the grid: a stage that holds progress, a player or an ending, and a caption that tells it apart. */
import { createAsk, el, line, setText, setWords } from "../../dom";
import { createEnding, endingText } from "../../job/ending";
import { brokenText } from "../../job/player";
import { createProgress, statusText } from "../../job/progress";
import type { ClipState } from "../../playback/sync";
import type { CellView } from "../../protocol/grid";
import { attribute, createTool } from "../controls/tools";

export interface CellActions {
  cancel(): void;
  retry(): void;
  favourite(): void;
  winner(): void;
}

export interface Cell {
  element: HTMLElement;
  /** The player's element, for as long as the cell lives; without an address while there is no clip. */
  video: HTMLVideoElement;
  view: CellView;
  /** Draws `view` as the clip of that name and place among `count`. */
  update(view: CellView, name: string, place: number, count: number): void;
  /** The elapsed time and the bar of a job under way. */
  tick(): void;
  /** Gives the clip an address, or says why it has none. */
  setClip(url: string | null, why: string | null): void;
  /** Lets the browser load the clip. */
  load(): void;
  /** Where in the clip the common time is, with its frame if `exact`, and by how many frames it starts later. */
  mark(clip: ClipState | null, exact: boolean, shift: number): void;
  pick(favourite: boolean, winner: boolean): void;
  choose(chosen: boolean): void;
  destroy(): void;
}

const heard = new WeakMap<CellView, number>();

/** A cell around `adopted`, a player that is already in the page, or around a new one. */
export function createCell(first: CellView, adopted: HTMLVideoElement | null, actions: CellActions): Cell {
  const video = adopted ?? el("video", "");
  prepare(video);
  const message = el("div", "vgn-message");
  const player = el("div", "vgn-player", el("div", "vgn-frame", video), message);
  const cancel = createAsk("vgn-cancel", actions.cancel);
  const progress = createProgress(cancel.element);
  const ending = createEnding(actions.retry);

  const number = el("span", "vgn-tag vgn-number");
  const badge = el("span", "vgn-tag");
  const reused = el("span", "vgn-tag", "reused");
  reused.title = "This clip was there before; nothing was submitted for it";
  const mark = el("span", "vgn-tag vgn-mark");
  const offset = el("span", "vgn-tag vgn-offset");
  const star = createTool("star", "Favourite (F)", actions.favourite);
  const crown = createTool("crown", "Winner (C)", actions.winner);
  const tools = el("div", "vgn-picks", star.element, crown.element);
  const overlay = el("div", "vgn-overlay", el("div", "vgn-tags", number, badge, reused), tools, mark, offset);
  const stage = el("div", "vgn-stage", overlay);

  const told = el("div", "vgn-told");
  const made = el("div", "vgn-made");
  const notice = line("vgn-notice");
  const element = el("div", "vgn-cell", stage, el("div", "vgn-under", told, made, notice));
  element.setAttribute("role", "group");
  element.tabIndex = -1;

  let broken = false;
  let why: string | null = null;
  const drawMessage = () => {
    const file = cell.view.job.videos[0];
    const bare = !video.hasAttribute("src") && !video.hasAttribute("poster");
    // What is printed is laid out far from its files, and keeps the posters.
    const failed = broken && !matchMedia("print").matches ? brokenText(video, file?.path ?? "") : null;
    setText(message, failed ?? why ?? (bare ? "Loading the clip…" : null));
  };
  const onError = () => {
    broken = video.hasAttribute("src");
    drawMessage();
  };
  // JupyterLab gives a saved player its true address only after the first one may have failed.
  const onReset = () => {
    broken = false;
    drawMessage();
  };
  video.addEventListener("error", onError);
  video.addEventListener("emptied", onReset);
  video.addEventListener("loadedmetadata", onReset);

  const cell: Cell = {
    element,
    video,
    view: first,
    update(view, name, place, count) {
      const { job } = view;
      if (!heard.has(view)) heard.set(view, performance.now());
      cell.view = view;
      const ended = endingText(job);
      const finished = job.status === "succeeded";
      hold(stage, finished ? player : ended ? ending.element : progress.element);
      player.style.setProperty("--vgn-ratio", String(job.width / job.height));

      cancel.element.hidden = !job.can_cancel;
      const sure = job.cancel_note ? "Yes, cancel" : null;
      cancel.update({ label: "Cancel", busy: "Cancelling…", sure, note: job.cancel_note }, job.id + job.can_cancel);
      ending.update(job);
      setText(number, String(place + 1));
      setText(badge, job.badge);
      reused.hidden = !view.reused;
      tools.hidden = !finished;
      list(told, view.told);
      list(made, view.made);
      setWords(notice, job.phase === "ended" ? job.notice : null);
      const state = finished ? "" : `, ${ended ?? statusText({ ...job, progress: null })}`;
      attribute(element, "aria-label", `Clip ${place + 1} of ${count}: ${name}${state}`);
      attribute(video, "aria-label", name);
      const poster = job.videos[0]?.poster;
      if (poster) attribute(video, "poster", poster);
      else if (!adopted) video.removeAttribute("poster");
      drawMessage();
      cell.tick();
    },
    tick() {
      const since = (performance.now() - (heard.get(cell.view) ?? 0)) / 1000;
      if (under(cell.view)) progress.update(cell.view.job, since);
    },
    setClip(url, reason) {
      why = reason;
      if (url !== null) attribute(video, "src", url);
      else if (!adopted && video.hasAttribute("src")) letGo(video);
      drawMessage();
    },
    load() {
      if (video.preload === "none") video.preload = "auto";
    },
    mark(given, exact, shift) {
      const clip = why === null ? given : null;
      const state = clip?.phase === "ended" ? "ended" : clip?.phase === "before" ? "starts later" : null;
      const frame = exact && clip?.phase === "on" ? `frame ${clip.frame}` : null;
      setText(mark, state ?? frame);
      setText(offset, shift ? `${shift > 0 ? "+" : "−"}${Math.abs(shift)} f` : null);
    },
    pick(favourite, winner) {
      star.update({ pressed: favourite });
      crown.update({ pressed: winner });
      element.classList.toggle("vgn-won", winner);
      element.classList.toggle("vgn-liked", favourite);
    },
    choose(chosen) {
      element.classList.toggle("vgn-chosen", chosen);
      if (chosen) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
      // Only the chosen cell's buttons are stops of the Tab key: two dozen cells would be a hundred of them.
      for (const { element } of [star, crown]) element.tabIndex = chosen ? 0 : -1;
    },
    destroy() {
      for (const part of [cancel, ending]) part.destroy();
      video.removeEventListener("error", onError);
      video.removeEventListener("emptied", onReset);
      video.removeEventListener("loadedmetadata", onReset);
      letGo(video);
      element.remove();
    },
  };
  cell.choose(false);
  return cell;
}

/** Whether something is still to come. */
export function under({ job }: CellView): boolean {
  return job.phase !== "ended" && (job.status === "queued" || job.status === "running");
}

function prepare(video: HTMLVideoElement): void {
  video.className = "vgn-video";
  video.removeAttribute("style");
  // It would put its message in the place of the player.
  video.removeAttribute("onerror");
  video.controls = false;
  // The common clock does the looping, and the grid decides who is heard.
  video.loop = false;
  video.muted = true;
  video.playsInline = true;
  video.preload = "none";
  video.tabIndex = -1;
}

/** A detached element keeps its decoder and its connection until it is told to let go. */
function letGo(video: HTMLVideoElement): void {
  video.pause();
  video.removeAttribute("src");
  video.load();
}

function hold(stage: HTMLElement, content: HTMLElement): void {
  const current = stage.childElementCount > 1 ? stage.firstElementChild : null;
  if (current === content) return;
  current?.remove();
  stage.prepend(content);
}

/** Words apart by dots, each in its own direction. */
function list(element: HTMLElement, words: readonly string[]): void {
  const text = words.join(" · ");
  element.hidden = !text;
  if (element.title === text) return;
  element.title = text;
  element.replaceChildren(...words.flatMap((word, index) => [index ? " · " : "", el("bdi", "", word)]));
}
