/** The script of an exported page: hydrates its grid, whose clips are in the page itself or in a folder beside it. */

import { createCopyButton } from "../copy_button";
import { hydrate } from "../grid/hydrate";
import { embeddedClips } from "../page/embedded_clips";
import { cell_text_class, grid_class, missing_clip_class } from "../protocol/shared.json";

/** Replaces the static players by the grid, and gives it the embedded clips as they are read. */
export async function show(page: ParentNode): Promise<void> {
  addCopyButtons(page);
  const root = page.querySelector<HTMLElement>(`.${grid_class}`);
  if (!root) return;
  const missing = [...root.querySelectorAll<HTMLElement>(`.${missing_clip_class}[data-key]`)];
  const grid = hydrate(root, "", root.dataset.name);
  for (const { dataset, textContent } of missing) grid?.clips.refuse(dataset.key ?? "", textContent ?? "");
  // The keys work before the first click.
  grid?.element.focus({ preventScroll: true });
  for await (const [key, clip] of embeddedClips(page)) grid?.clips.add(key, clip);
}

/** Adds a Copy button above each text of a cell; where the page may not use the clipboard, it selects the text. */
function addCopyButtons(page: ParentNode): void {
  for (const text of page.querySelectorAll(`.${cell_text_class} pre`)) {
    const { element } = createCopyButton(
      "Copy",
      () => text.textContent ?? "",
      () => getSelection()?.selectAllChildren(text),
    );
    text.before(element);
  }
}

void show(document);
