/** The lines under the stage: the prompt, what made the clip, and what is worth knowing about the result. */
import { el, line, setText, setWords } from "../dom";
import type { JobView } from "../protocol/job";

export interface Caption {
  element: HTMLElement;
  update(view: JobView): void;
  destroy(): void;
}

/** Two lines of prompt, the rest behind "more"; then model, provider, facts and cost in one muted line. */
export function createCaption(): Caption {
  const prompt = line("vgn-prompt");
  const model = el("span", "vgn-model");
  const details = el("span", "");
  const more = el("button", "vgn-more", "more");
  more.type = "button";
  more.setAttribute("aria-expanded", "false");
  const notice = line("vgn-notice");
  const hint = line("vgn-why");
  const element = el(
    "div",
    "vgn-caption",
    prompt,
    el("div", "vgn-meta", el("div", "vgn-facts", model, details), more),
    notice,
    hint,
  );

  let open = false;
  const offerMore = () => {
    more.hidden = !open && prompt.scrollHeight <= prompt.clientHeight + 1;
  };
  more.addEventListener("click", () => {
    open = !open;
    element.classList.toggle("vgn-open", open);
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? "less" : "more";
  });
  const resize = new ResizeObserver(offerMore);
  resize.observe(prompt);

  return {
    element,
    update(view) {
      setText(prompt, view.prompt);
      prompt.title = view.prompt;
      setText(model, view.model);
      model.title = view.model;
      // A fact such as "4 s" is not to be broken over two lines.
      const facts = [view.provider, ...view.facts, view.cost].map((fact) => fact?.replaceAll(" ", "\u00a0"));
      const rest = facts.filter(Boolean).join(" · ");
      setText(details, rest && (view.model ? ` · ${rest}` : rest));
      // While work runs, the stage shows the notice: there it moves nothing.
      setWords(notice, view.phase === "ended" ? view.notice : null);
      setWords(hint, view.hint);
      offerMore();
    },
    destroy: () => resize.disconnect(),
  };
}
