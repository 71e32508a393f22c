/** How the clips are played: speed, loop, sound, and by how many frames the chosen clip starts later. */
import { button, div, setAttributes, setText } from "../../dom";
import type { SyncState } from "../../playback/sync";
import type { Run } from "./commands";
import { tooltip } from "./keys";
import { createChoice, createCommandTool } from "./tools";

export interface SettingsState {
  chosen: number | null;
  sound: boolean;
  /** Frames by which the chosen clip starts later. */
  shift: number;
}

export interface Settings {
  element: HTMLElement;
  tick(state: SyncState): void;
  update(state: SettingsState): void;
}

const RATES = [0.1, 0.25, 0.5, 1, 2].map((rate) => [rate, `${rate}×`] as const);

export function createSettings(run: Run, setRate: (rate: number) => void): Settings {
  const speed = createChoice("Speed", setRate);
  speed.update(RATES, 1);
  const loop = createCommandTool("loop", run, "loop");
  const sound = createCommandTool("mute", run, "mute");
  const earlier = createCommandTool("less", run, "shift", 0);
  const later = createCommandTool("more", run, "shift", 1);
  const reset = button("vgn-shifted", "", () => run("shift", 0), "Reset the offset");
  const shift = div("vgn-group", "Offset", earlier, reset, later);

  return {
    element: div("vgn-group vgn-sounds", speed, loop, sound, shift),
    tick({ rate, loop: pressed }) {
      loop.update({ pressed });
      if (Number(speed.element.value) !== rate) speed.element.value = String(rate);
    },
    update({ chosen, sound: pressed, shift: frames }) {
      const clip = chosen === null ? "" : ` of clip ${chosen + 1}`;
      sound.update({ icon: pressed ? "sound" : "mute", label: tooltip("mute", 0, `Sound${clip}`), pressed });
      shift.hidden = chosen === null;
      setAttributes(shift, { role: "group", "aria-label": `Start${clip}` });
      setText(reset, frames ? signedFrames(frames) : "±0 f");
    },
  };
}

/** "+2 f", "−1 f". */
export function signedFrames(frames: number): string {
  return `${frames > 0 ? "+" : "−"}${Math.abs(frames)} f`;
}
