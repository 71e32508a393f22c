/** The control bar: one for all clips. */
import { button, div, setAttributes, setText, toggleClass } from "../../dom";
import type { SyncState } from "../../playback/sync";
import type { Run } from "./commands";
import { tooltip } from "./keys";
import { createModes, type ModesActions, type ModesState } from "./modes";
import { createSettings, type SettingsState } from "./settings";
import { createCommandTool } from "./tools";
import { createTransport } from "./transport";

export interface BarActions extends ModesActions {
  run: Run;
  seek(seconds: number): void;
  rate(rate: number): void;
}

/** What the bar shows besides the clock. */
export interface BarState extends ModesState, SettingsState {
  fullScreen: boolean;
  help: boolean;
}

export interface Bar {
  element: HTMLElement;
  tick(state: SyncState): void;
  update(state: BarState): void;
  zoom(scale: number): void;
}

export function createBar(actions: BarActions): Bar {
  const { run } = actions;
  const transport = createTransport(run, actions.seek);
  const modes = createModes(run, actions);
  const settings = createSettings(run, actions.rate);
  const zoomed = button("vgn-shifted", "", () => run("zoom", 0), tooltip("zoom"));
  const full = createCommandTool("full", run, "full");
  const help = button("vgn-tool", "?", () => run("help", 0), tooltip("help"));
  setAttributes(help, { "aria-label": "Keyboard" });
  const last = div("vgn-group vgn-last", zoomed, full, help);
  const second = div("vgn-controls vgn-second", ...modes.elements, settings, last);
  const element = div("vgn-transport", transport, second);
  setAttributes(element, { role: "group", "aria-label": "Controls of all clips" });

  return {
    element,
    tick(state) {
      toggleClass(element, "vgn-waiting", state.waiting);
      transport.tick(state);
      settings.tick(state);
    },
    update(state) {
      transport.enable(state.clips.length > 0);
      modes.update(state);
      settings.update(state);
      full.update({ pressed: state.fullScreen });
      setAttributes(help, { "aria-expanded": state.help });
    },
    zoom: (scale) => setText(zoomed, scale > 1 ? `${Math.round(scale * 100)} %` : null),
  };
}
