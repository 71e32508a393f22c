/** Buttons and lists of the grid: small, named for screen readers, and cheap to redraw. */
import { el } from "../../dom";
import { type IconName, icon, setIcon } from "./icons";

export interface Tool {
  element: HTMLButtonElement;
  /** Sets what it shows and says; `pressed` only for a button that stays in or out. */
  update(state: { name?: IconName; label?: string; pressed?: boolean; enabled?: boolean }): void;
}

/** A button with a picture; `label` is its name and its tooltip, `text` stands beside the picture. */
export function createTool(name: IconName, label: string, act: () => void, text = ""): Tool {
  const picture = icon(name);
  const element = el("button", "vgn-tool");
  element.type = "button";
  element.append(picture, ...(text ? [el("span", "vgn-tool-text", text)] : []));
  element.addEventListener("click", () => {
    if (element.getAttribute("aria-disabled") !== "true") act();
  });
  const tool: Tool = {
    element,
    update(state) {
      if (state.name) setIcon(picture, state.name);
      if (state.label) attribute(element, "title", state.label);
      if (state.label) attribute(element, "aria-label", text || state.label);
      if (state.pressed !== undefined) attribute(element, "aria-pressed", String(state.pressed));
      // Not `disabled`: that would drop the keyboard focus to the page.
      if (state.enabled !== undefined) attribute(element, "aria-disabled", String(!state.enabled));
    },
  };
  tool.update({ label });
  return tool;
}

export interface Choice {
  element: HTMLSelectElement;
  /** Offers `options` as pairs of value and words, and shows the one of `value`. */
  update(options: readonly (readonly [number, string])[], value: number): void;
}

/** A list to pick one of. */
export function createChoice(label: string, act: (value: number) => void): Choice {
  const element = el("select", "vgn-choice");
  element.title = label;
  element.setAttribute("aria-label", label);
  element.addEventListener("change", () => act(Number(element.value)));
  return {
    element,
    update(options, value) {
      // An open list closes when its options are replaced.
      const same = options.length === element.length;
      if (!same || options.some(([, words], place) => element.options[place]?.text !== words)) {
        element.replaceChildren(
          ...options.map(([each, words]) => Object.assign(el("option", "", words), { value: String(each) })),
        );
      }
      element.value = String(value);
    },
  };
}

/** Sets an attribute where it differs: a written attribute costs a style recalculation, an equal one need not. */
export function attribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
