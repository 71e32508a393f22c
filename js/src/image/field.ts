/** The field itself: one button to choose, drop and paste on, the picture's thumbnail, what was wrong with the last one. */
import { el, line, setText } from "../dom";
import type { PictureView } from "../protocol/image";
import { watchDrops } from "./drops";

/** Bytes; Python takes no more either. */
const MOST = 20_000_000;

export interface FieldActions {
  give(name: string, bytes: ArrayBuffer): void;
  clear(): void;
}

export interface Field {
  element: HTMLElement;
  update(picture: PictureView): void;
  destroy(): void;
}

export function createField(actions: FieldActions): Field {
  const input = el("input", "vgn-file");
  input.type = "file";
  input.accept = "image/*";
  input.hidden = true;
  const thumb = el("img", "vgn-picture-thumb");
  thumb.alt = "";
  const name = line("vgn-picture-name");
  const size = el("div", "vgn-picture-size");
  const drop = el("button", "vgn-drop", thumb, el("span", "vgn-picture-words", name, size));
  drop.type = "button";
  const clear = el("button", "vgn-picture-clear", "×");
  clear.type = "button";
  clear.title = "Remove the picture";
  clear.setAttribute("aria-label", "Remove the picture");
  const error = line("vgn-field-error");
  error.setAttribute("role", "alert");
  const element = el("div", "vgn-picture", input, el("div", "vgn-picture-row", drop, clear), error);

  const take = async (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (!file) return;
    const wrong = refusal(file);
    setText(error, wrong);
    if (wrong) return;
    try {
      actions.give(file.name, await file.arrayBuffer());
    } catch {
      setText(error, `${file.name} cannot be read.`);
    }
  };

  drop.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    await take(input.files);
    // Else choosing the same file again would change nothing.
    input.value = "";
  });
  clear.addEventListener("click", () => {
    setText(error, null);
    actions.clear();
    drop.focus();
  });
  element.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
    if ((event.key === "Delete" || event.key === "Backspace") && !clear.hidden) clear.click();
  });
  element.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    take(event.clipboardData.files);
  });
  const stopDrops = watchDrops(element, {
    over: (inside) => element.classList.toggle("vgn-over", inside),
    drop: take,
  });

  return {
    element,
    update(picture) {
      const { width, height } = picture;
      const pixels = width && height ? `${width} × ${height} pixels` : null;
      thumb.hidden = !picture.thumb;
      if (picture.thumb) thumb.src = picture.thumb;
      element.classList.toggle("vgn-filled", picture.name !== null);
      setText(name, picture.name ?? "Drop, paste or choose a picture");
      name.title = picture.name ?? "";
      setText(size, picture.name ? pixels : null);
      drop.setAttribute(
        "aria-label",
        picture.name ? `${picture.name}, ${pixels ?? ""}; choose another` : name.textContent,
      );
      clear.hidden = picture.name === null;
      setText(error, picture.error);
    },
    destroy() {
      stopDrops();
      element.remove();
    },
  };
}

/** Why a file is not even sent; null if it is. */
function refusal({ name, size, type }: File): string | null {
  if (!type.startsWith("image/")) return `${name} is not a picture.`;
  if (size > MOST) return `${name} is ${(size / 1e6).toFixed(1)} MB, the most that is taken is ${MOST / 1e6} MB.`;
  return null;
}
