/** The script of an exported page: its grid plays clips that the page holds itself, or that lie in a folder beside it. */

import { enliven } from "../grid/hydrate";
import { createCopy } from "../history/copy";
import { held } from "../page/embedded_clips";

/** Draws the grid over its plain players, and hands it the clips that the page holds, as they are read. */
export async function show(page: ParentNode): Promise<void> {
  offerCopies(page);
  const root = page.querySelector<HTMLElement>(".videogen-grid");
  if (!root) return;
  const gone = [...root.querySelectorAll<HTMLElement>(".vgn-gone[data-key]")];
  const view = enliven(root, "", root.dataset.name);
  for (const { dataset, textContent } of gone) view?.noClip(dataset.key ?? "", textContent ?? "");
  // Space is to play, wherever one has not clicked yet.
  view?.element.focus({ preventScroll: true });
  for await (const [key, clip] of held(page)) view?.clip(key, URL.createObjectURL(clip));
}

/** A button over each cell text; where the clipboard is refused, the text is selected for the keys that copy. */
function offerCopies(page: ParentNode): void {
  for (const text of page.querySelectorAll(".vgn-again pre")) {
    const { element } = createCopy(
      "Copy",
      () => text.textContent ?? "",
      () => getSelection()?.selectAllChildren(text),
    );
    text.before(element);
  }
}

void show(document);
