/** The transport: play, single frames, and the time of all clips. */
import { div, el, listen, setAttributes, setText, setVariables } from "../../dom";
import type { SyncState } from "../../playback/sync";
import type { Run } from "./commands";
import { tooltip } from "./keys";
import { createCommandTool } from "./tools";

export interface Transport {
  element: HTMLElement;
  tick(state: SyncState): void;
  enable(enabled: boolean): void;
}

export function createTransport(run: Run, seek: (seconds: number) => void): Transport {
  const play = createCommandTool("play", run, "play");
  play.element.classList.add("vgn-play");
  const back = createCommandTool("back", run, "step", 0);
  const forward = createCommandTool("forward", run, "step", 1);
  const scrub = el("input", "vgn-scrub");
  Object.assign(scrub, { type: "range", min: "0", step: "any", value: "0" });
  setAttributes(scrub, { "aria-label": "Time" });
  listen(scrub, { input: () => seek(Number(scrub.value)) });
  const clock = el("span", "vgn-clock");
  const frames = el("span", "vgn-clock vgn-frames");

  return {
    element: div("vgn-controls", back, play, forward, scrub, clock, frames),
    tick({ time, duration, playing, frame, frames: count }) {
      const seconds = time.toFixed(2);
      play.update({
        icon: playing ? "pause" : "play",
        label: tooltip("play", 0, playing ? "Pause" : "Play"),
      });
      setAttributes(scrub, { max: duration || 1, "aria-valuetext": `${seconds} s, frame ${frame}` });
      scrub.value = String(time);
      setVariables(scrub, { done: `${duration ? Math.min(time / duration, 1) * 100 : 0}%` });
      setText(clock, `${seconds} / ${duration.toFixed(2)} s`);
      setText(frames, `frame ${frame}${count ? ` of ${count}` : ""}`);
    },
    enable(enabled) {
      for (const tool of [play, back, forward]) tool.update({ enabled });
      scrub.disabled = !enabled;
    },
  };
}
