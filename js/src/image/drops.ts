/** Takes files that are dropped on the panel: a browser would leave the notebook to open one that misses the field. */
import { panel_class } from "../protocol/shared.json";

export interface DropActions {
  /** A file is held over the panel, or no longer. */
  over(inside: boolean): void;
  drop(files: FileList): void;
}

const KINDS = ["dragenter", "dragover", "dragleave", "drop"] as const;

/** Takes each file dropped on the panel that `element` is part of, before other listeners; returns how to stop. */
export function watchDrops(element: HTMLElement, actions: DropActions): () => void {
  /** The elements of the panel that the file is over: a child is entered before its parent is left. */
  let depth = 0;
  const setDepth = (next: number) => {
    depth = Math.max(next, 0);
    actions.over(depth > 0);
  };
  const track = (type: string, { files }: DataTransfer) => {
    if (type === "dragenter") setDepth(depth + 1);
    if (type === "dragleave") setDepth(depth - 1);
    if (type !== "drop") return;
    setDepth(0);
    actions.drop(files);
  };
  const onDrag = (event: DragEvent) => {
    const { dataTransfer } = event;
    // Text that is dragged into a field is left to the browser.
    if (!dataTransfer?.types.includes("Files")) return;
    if (!event.composedPath().includes(element.closest(`.${panel_class}`) ?? element)) return;
    event.preventDefault();
    event.stopPropagation();
    // For a model without images the field is hidden: files are kept from the browser, but not taken.
    if (element.checkVisibility?.() !== false) track(event.type, dataTransfer);
  };
  // On the document: when the element is created it is not in its panel yet.
  for (const kind of KINDS) document.addEventListener(kind, onDrag, true);
  return () => {
    for (const kind of KINDS) document.removeEventListener(kind, onDrag, true);
  };
}
