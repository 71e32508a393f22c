/** The box of one clip: holds progress, a player or an ending, under what is fixed over it. */
import { div } from "../dom";

/** `overlay` stays over whatever the stage shows. */
export function createStage(overlay: HTMLElement): HTMLElement {
  return div("vgn-stage", overlay);
}

/** Shows `content` under the stage's overlay. Content that is already there is left alone, so that it keeps its state. */
export function showOnStage(stage: Element, content: HTMLElement | null): void {
  const current = stage.childElementCount > 1 ? stage.firstElementChild : null;
  if (current === content) return;
  current?.remove();
  if (content) stage.prepend(content);
}
