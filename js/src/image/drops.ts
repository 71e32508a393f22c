/** Files that are dropped on the panel: a browser would leave the notebook to open one that lands beside the field. */

export interface DropActions {
  /** A file is held over the panel, or no longer. */
  over(inside: boolean): void;
  drop(files: FileList): void;
}

const KINDS = ["dragenter", "dragover", "dragleave", "drop"] as const;

/** Takes each file dropped on the panel that `element` is part of, before anyone else; returns how to stop. */
export function watchDrops(element: HTMLElement, actions: DropActions): () => void {
  let depth = 0;
  const set = (next: number) => {
    depth = Math.max(next, 0);
    actions.over(depth > 0);
  };
  const onDrag = (event: DragEvent) => {
    const files = event.dataTransfer;
    // Text that is dragged into a field is none of ours.
    if (!files?.types.includes("Files")) return;
    if (!event.composedPath().includes(element.closest(".vgn-panel") ?? element)) return;
    event.preventDefault();
    event.stopPropagation();
    // A model that takes no picture has no field to see; its drops are only kept from the browser.
    if (element.checkVisibility?.() === false) return;
    if (event.type === "dragenter") set(depth + 1);
    if (event.type === "dragleave") set(depth - 1);
    if (event.type !== "drop") return;
    set(0);
    actions.drop(files.files);
  };
  // At the document, since the element is not in its panel yet when it is made.
  for (const kind of KINDS) document.addEventListener(kind, onDrag, true);
  return () => {
    for (const kind of KINDS) document.removeEventListener(kind, onDrag, true);
  };
}
