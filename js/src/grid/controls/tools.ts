/** Buttons and lists of the grid: small, named for screen readers, and cheap to redraw. */
import { button, el, listen, setAttributes } from "../../dom";
import { COMMANDS, type CommandName, type Run } from "./commands";
import { createIcon, type IconName, setIcon } from "./icons";
import { tooltip } from "./keys";

export interface Tool {
  element: HTMLButtonElement;
  /** Sets what it shows; `pressed` only for a button that stays in or out. */
  update(state: { icon?: IconName; label?: string; pressed?: boolean; enabled?: boolean }): void;
}

/** A button with an icon; `label` is its name and its tooltip, `text` stands beside the icon. */
export function createTool(iconName: IconName, label: string, act: () => void, text = ""): Tool {
  const svg = createIcon(iconName);
  const element = button("vgn-tool", "", () => {
    if (element.getAttribute("aria-disabled") !== "true") act();
  });
  element.append(svg, ...(text ? [el("span", "vgn-tool-text", text)] : []));
  const tool: Tool = {
    element,
    update({ icon, label, pressed, enabled }) {
      if (icon) setIcon(svg, icon);
      setAttributes(element, {
        title: label,
        "aria-label": label && (text || label),
        "aria-pressed": pressed,
        // Not `disabled`: that would take the keyboard focus from the button.
        "aria-disabled": enabled === undefined ? enabled : !enabled,
      });
    },
  };
  tool.update({ label });
  return tool;
}

/** A button for one of a command's keys, by the key's index. */
export function createCommandTool(iconName: IconName, run: Run, name: CommandName, index = 0, text = ""): Tool {
  const by = COMMANDS[name].keys?.[index]?.[1] ?? 0;
  return createTool(iconName, tooltip(name, index), () => run(name, by), text);
}

export interface Choice {
  element: HTMLSelectElement;
  /** Offers `options` as pairs of value and label, and shows the one of `value`. */
  update(options: readonly (readonly [number, string])[], value: number): void;
}

/** A list to choose one value from. */
export function createChoice(label: string, act: (value: number) => void): Choice {
  const element = el("select", "vgn-choice");
  setAttributes(element, { title: label, "aria-label": label });
  listen(element, { change: () => act(Number(element.value)) });
  return {
    element,
    update(options, value) {
      const same = options.length === element.length;
      // Only if they differ: an open list closes when its options are replaced.
      if (!same || options.some(([, text], index) => element.options[index]?.text !== text)) {
        const option = ([number, text]: readonly [number, string]) =>
          Object.assign(el("option", "", text), { value: number });
        element.replaceChildren(...options.map(option));
      }
      element.value = String(value);
    },
  };
}
