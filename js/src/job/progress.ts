/** The stage of a running job: what happens now, a bar, the time elapsed and the time remaining. */

import { div, el, setAttributes, setText, setTextWithCode, textLine, toggleClass } from "../dom";
import type { JobView } from "../protocol/job";
import { silence_seconds } from "../protocol/shared.json";

/** Part of the bar that is generation. Downloading, which is short, has the rest, so that the bar never moves back. */
const GENERATION = 0.96;

/** How far the bar is, 0 to 1; null if unknown. */
export function barFraction({ phase, progress, received, total }: JobView): number | null {
  if (phase === "ended") return 1;
  if (phase === "downloading") {
    const downloaded = total ? Math.min((received ?? 0) / total, 1) : 0;
    return GENERATION + (1 - GENERATION) * downloaded;
  }
  return phase === "running" && progress !== null ? progress * GENERATION : null;
}

/** What happens now, such as "Queued · 2nd in line". */
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

/** "1.2 of 3.0 MB", both in the unit of the larger one; "…" if nothing is known. */
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

/** An estimate in words, coarser the more time remains. */
export function remainingText(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < 10) return `about ${Math.ceil(seconds)} s left`;
  if (seconds <= 55) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  const rest = minutes % 60;
  return `about ${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ""} left`;
}

function ordinal(number: number): string {
  const teen = number % 100 > 10 && number % 100 < 14;
  return number + (teen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th"));
}

export interface Progress {
  element: HTMLElement;
  /** Draws `view`, which arrived `since` seconds ago; times are estimated for `silence_seconds` at most. */
  update(view: JobView, since: number): void;
}

/** The surface that shows progress; `corner` sits at its top right. */
export function createProgress(corner: HTMLElement): Progress {
  const status = div("vgn-words");
  const notice = textLine("vgn-hint");
  const elapsed = el("span", "vgn-elapsed");
  const remaining = el("span", "vgn-left");
  const fill = div("vgn-fill");
  const bar = div("vgn-bar", fill);
  setAttributes(bar, {
    role: "progressbar",
    "aria-label": "Video generation",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
  });
  const element = div(
    "vgn-progress",
    div("vgn-corner", corner),
    div("vgn-now", status, notice),
    div("vgn-times", elapsed, remaining),
    bar,
  );
  /** The furthest progress and bar of a job so far; -1 while unknown. */
  let peak = { id: "", progress: -1, bar: -1 };

  const drawBar = (text: string) => {
    const known = peak.bar >= 0;
    toggleClass(bar, "vgn-unknown", !known);
    setAttributes(bar, {
      "aria-valuetext": text,
      "aria-valuenow": known ? Math.round(peak.bar * 100) : null,
    });
    fill.style.transform = known ? `scaleX(${peak.bar.toFixed(4)})` : "";
  };
  const drawTimes = (view: JobView, since: number) => {
    const silent = since >= silence_seconds;
    const estimate = view.remaining === null ? null : remainingText(view.remaining - since);
    toggleClass(element, "vgn-silent", silent);
    setText(elapsed, clock(view.elapsed + Math.min(since, silence_seconds)));
    setText(remaining, silent ? "waiting for the kernel" : estimate);
  };

  return {
    element,
    update(view, since) {
      if (peak.id !== view.id) peak = { id: view.id, progress: -1, bar: -1 };
      peak.progress = Math.max(peak.progress, view.progress ?? -1);
      peak.bar = Math.max(peak.bar, barFraction(view) ?? -1);
      const text = statusText({ ...view, progress: peak.progress < 0 ? null : peak.progress });
      setText(status, text);
      setTextWithCode(notice, view.notice);
      drawBar(text);
      drawTimes(view, since);
    },
  };
}
