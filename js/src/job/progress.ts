/** The stage of a job under way: what happens now, a bar, the time gone and the time left. */
import { el, line, setText, setWords } from "../dom";
import type { JobView } from "../protocol/job";

// Fetching takes seconds where making takes minutes: it gets the last stretch of the bar, so the bar never falls back.
const MADE = 0.96;
/** Seconds without a word from Python after which the page stops guessing. */
const SILENCE = 60;

/** How far the bar is, 0 to 1; null when nobody knows. */
export function barFraction({ phase, progress, received, total }: JobView): number | null {
  if (phase === "ended") return 1;
  if (phase === "downloading") return MADE + (1 - MADE) * (total ? Math.min((received ?? 0) / total, 1) : 0);
  return phase === "running" && progress !== null ? progress * MADE : null;
}

/** The words of the moment, such as "Queued · 2nd in line". */
export function statusText({ phase, position, progress, received, total }: JobView): string {
  if (phase === "submitting") return "Submitting…";
  if (phase === "queued") {
    if (position === null) return "Queued";
    return position < 1 ? "Queued · next in line" : `Queued · ${ordinal(Math.floor(position) + 1)} in line`;
  }
  if (phase === "downloading") return `Downloading ${sizeText(received, total)}`.trim();
  if (progress === null) return "Generating…";
  return progress < 1 ? `Generating ${Math.floor(progress * 100)} %` : "Finishing…";
}

/** "1.2 of 3.0 MB", both in the unit of the larger; "…" when nothing is known. */
export function sizeText(received: number | null, total: number | null): string {
  if (received === null) return "…";
  const largest = total ?? received;
  const [unit, name, digits] = largest < 1e6 ? [1e3, "kB", 0] : largest < 1e9 ? [1e6, "MB", 1] : [1e9, "GB", 2];
  const amount = (bytes: number) => (bytes / unit).toFixed(digits);
  return `${amount(received)}${total === null ? "" : ` of ${amount(total)}`} ${name}`;
}

/** Seconds as a clock: "0:07", "12:30", "1:02:03". */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const pair = (value: number) => String(value % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${pair(whole)}`;
  return `${Math.floor(minutes / 60)}:${pair(minutes)}:${pair(whole)}`;
}

/** A plain estimate, coarser the further away it is. */
export function remainingText(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < 10) return `about ${Math.ceil(seconds)} s left`;
  if (seconds <= 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  const rest = minutes % 60;
  return `about ${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ""} left`;
}

function ordinal(place: number): string {
  const teen = place % 100 > 10 && place % 100 < 14;
  return place + (teen ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th"));
}

export interface Progress {
  element: HTMLElement;
  /** Draws `view`, which arrived `since` seconds ago. */
  update(view: JobView, since: number): void;
}

/** A progress surface; `corner` sits at its top right. */
export function createProgress(corner: HTMLElement): Progress {
  const words = el("div", "vgn-words");
  const notice = line("vgn-hint");
  const elapsed = el("span", "vgn-elapsed");
  const left = el("span", "vgn-left");
  const fill = el("div", "vgn-fill");
  const bar = el("div", "vgn-bar", fill);
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", "Video generation");
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  const element = el(
    "div",
    "vgn-progress",
    el("div", "vgn-corner", corner),
    el("div", "vgn-now", words, notice),
    el("div", "vgn-times", elapsed, left),
    bar,
  );
  const peak = { id: "", progress: -1, bar: -1 };

  return {
    element,
    update(view, since) {
      if (peak.id !== view.id) Object.assign(peak, { id: view.id, progress: -1, bar: -1 });
      peak.progress = Math.max(peak.progress, view.progress ?? -1);
      peak.bar = Math.max(peak.bar, barFraction(view) ?? -1);
      const now = statusText({ ...view, progress: peak.progress < 0 ? null : peak.progress });
      setText(words, now);
      setWords(notice, view.notice);

      bar.setAttribute("aria-valuetext", now);
      bar.classList.toggle("vgn-unknown", peak.bar < 0);
      if (peak.bar < 0) bar.removeAttribute("aria-valuenow");
      else bar.setAttribute("aria-valuenow", String(Math.round(peak.bar * 100)));
      fill.style.transform = peak.bar < 0 ? "" : `scaleX(${peak.bar.toFixed(4)})`;

      const silent = since >= SILENCE;
      element.classList.toggle("vgn-silent", silent);
      setText(elapsed, clock(view.elapsed + Math.min(since, SILENCE)));
      if (silent) setText(left, "waiting for the kernel");
      else setText(left, view.remaining === null ? null : remainingText(view.remaining - since));
    },
  };
}
