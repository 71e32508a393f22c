/** The image field: one button to choose, drop and paste on, a thumbnail, and why the last file was refused. */

import { button, div, el, listen, setAttributes, setText, textLine, toggleClass } from "../dom";
import type { ImageView } from "../protocol/image";
import { image_max_bytes } from "../protocol/shared.json";
import { watchDrops } from "./drops";

export interface FieldActions {
  give(name: string, bytes: ArrayBuffer): void;
  clear(): void;
}

export interface Field {
  element: HTMLElement;
  update(image: ImageView): void;
  destroy(): void;
}

export function createField(actions: FieldActions): Field {
  const input = el("input", "vgn-file");
  Object.assign(input, { type: "file", accept: "image/*", hidden: true });
  const thumbnail = el("img", "vgn-image-thumb");
  thumbnail.alt = "";
  const name = textLine("vgn-image-name");
  const size = div("vgn-image-size");
  const choose = button("vgn-drop", "", () => input.click());
  choose.append(thumbnail, el("span", "vgn-image-words", name, size));
  const remove = () => {
    setText(error, null);
    actions.clear();
    choose.focus();
  };
  const clear = button("vgn-image-clear", "×", remove, "Remove the image");
  const error = textLine("vgn-field-error");
  const element = div("vgn-image", input, div("vgn-image-row", choose, clear), error);
  setAttributes(clear, { "aria-label": "Remove the image" });
  setAttributes(error, { role: "alert" });

  const send = async (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (!file) return;
    const refusal = refusalOf(file);
    setText(error, refusal);
    if (refusal) return;
    try {
      actions.give(file.name, await file.arrayBuffer());
    } catch {
      setText(error, `${file.name} cannot be read.`);
    }
  };
  listen(input, {
    async change() {
      await send(input.files);
      // Otherwise choosing the same file again would be no change.
      input.value = "";
    },
  });
  listen(element, {
    keydown(event) {
      if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
      if ((event.key === "Delete" || event.key === "Backspace") && !clear.hidden) clear.click();
    },
    paste(event) {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      event.stopPropagation();
      send(event.clipboardData.files);
    },
  });
  const stopDrops = watchDrops(element, {
    over: (inside) => toggleClass(element, "vgn-over", inside),
    drop: send,
  });

  const drawEmpty = () => {
    setText(name, "Drop, paste or choose an image");
    setText(size, null);
    setAttributes(choose, { "aria-label": name.textContent });
  };
  const drawFile = (file: string, { width, height }: ImageView) => {
    const pixels = width && height ? `${width} × ${height} pixels` : null;
    setText(name, file);
    setText(size, pixels);
    setAttributes(choose, { "aria-label": `${file}, ${pixels ?? ""}; choose another` });
  };
  return {
    element,
    update(image) {
      thumbnail.hidden = !image.thumb;
      if (image.thumb) thumbnail.src = image.thumb;
      toggleClass(element, "vgn-filled", image.name !== null);
      name.title = image.name ?? "";
      clear.hidden = image.name === null;
      if (image.name === null) drawEmpty();
      else drawFile(image.name, image);
      setText(error, image.error);
    },
    destroy() {
      stopDrops();
      element.remove();
    },
  };
}

/** Why a file is refused without being sent; null if it is sent. */
function refusalOf({ name, size, type }: File): string | null {
  if (!type.startsWith("image/")) return `${name} is not an image.`;
  if (size > image_max_bytes)
    return `${name} has ${(size / 1e6).toFixed(1)} MB; the limit is ${image_max_bytes / 1e6} MB.`;
  return null;
}
