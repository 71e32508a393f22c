/** What passes between the panel's image field and Python. */
import type { AnyModel } from "@anywidget/types";
import { number, object, safeUrl, text } from "./read";

/** The chosen image; all null while there is none. */
export interface ImageView {
  name: string | null;
  /** A small copy of it as a data URI. */
  thumb: string | null;
  width: number | null;
  height: number | null;
  /** Why the last file was refused. */
  error: string | null;
}

export type ImageModel = AnyModel<{ image: unknown }>;

export interface ImageChannel {
  initial: ImageView;
  /** Sends a file that was dropped, pasted or chosen. */
  give(name: string, bytes: ArrayBuffer): void;
  clear(): void;
  close(): void;
}

export function connectImage(model: ImageModel, changed: (image: ImageView) => void): ImageChannel {
  const onTrait = () => changed(readImage(model.get("image")));
  model.on("change:image", onTrait);
  return {
    initial: readImage(model.get("image")),
    give: (name, bytes) => model.send({ kind: "give", name }, undefined, [bytes]),
    clear: () => model.send({ kind: "clear" }),
    close: () => model.off("change:image", onTrait),
  };
}

export const readImage = object<ImageView>({
  name: text,
  thumb: (value) => safeUrl(value, "image"),
  width: number,
  height: number,
  error: text,
});
