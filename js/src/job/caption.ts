/** The lines under the stage: the prompt, the model and the facts of the clip, and notes about the result. */

import { button, div, el, setAttributes, setText, setTextWithCode, setTitledText, textLine, toggleClass } from "../dom";
import type { JobView } from "../protocol/job";
import { joined } from "../texts";

export interface Caption {
  element: HTMLElement;
  update(view: JobView): void;
  destroy(): void;
}

/** Two lines of prompt, the rest behind "more"; then model, provider, facts and cost in one muted line. */
export function createCaption(): Caption {
  const prompt = textLine("vgn-prompt");
  const model = el("span", "vgn-model");
  const details = el("span", "");
  const notice = textLine("vgn-notice");
  const hint = textLine("vgn-why");
  let open = false;
  const more = button("vgn-more", "more", () => {
    open = !open;
    toggleClass(element, "vgn-open", open);
    more.textContent = open ? "less" : "more";
    drawMore();
  });
  const facts = div("vgn-meta", div("vgn-facts", model, details), more);
  const element = div("vgn-caption", prompt, facts, notice, hint);

  const drawMore = () => {
    more.hidden = !open && prompt.scrollHeight <= prompt.clientHeight + 1;
    setAttributes(more, { "aria-expanded": open });
  };
  const resize = new ResizeObserver(drawMore);
  resize.observe(prompt);

  return {
    element,
    update(view) {
      setTitledText(prompt, view.prompt);
      setTitledText(model, view.model);
      // Non-breaking spaces: a fact such as "4 s" stays on one line.
      const parts = [view.provider, ...view.facts, view.cost].map((fact) => fact?.replaceAll(" ", "\u00a0"));
      const rest = joined(parts);
      setText(details, rest && (view.model ? ` · ${rest}` : rest));
      // While the job runs, the stage shows the notice, where it moves nothing else.
      setTextWithCode(notice, view.phase === "ended" ? view.notice : null);
      setTextWithCode(hint, view.hint);
      drawMore();
    },
    destroy: () => resize.disconnect(),
  };
}
