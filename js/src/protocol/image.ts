/** What passes between the panel's picture field and Python. */
import type { AnyModel } from "@anywidget/types";
import { number, record, safeUrl, text } from "./read";

/** The chosen picture; all null while there is none. */
export interface PictureView {
  name: string | null;
  /** A small copy of it as a data URI. */
  thumb: string | null;
  width: number | null;
  height: number | null;
  /** Why the last one was not taken. */
  error: string | null;
}

export type PictureModel = AnyModel<{ picture: unknown }>;

export interface PictureChannel {
  initial: PictureView;
  /** Hands over a file that was dropped, pasted or picked. */
  give(name: string, bytes: ArrayBuffer): void;
  clear(): void;
  close(): void;
}

export function connectPicture(model: PictureModel, changed: (picture: PictureView) => void): PictureChannel {
  const onTrait = () => changed(readPicture(model.get("picture")));
  model.on("change:picture", onTrait);
  return {
    initial: readPicture(model.get("picture")),
    give: (name, bytes) => model.send({ kind: "give", name }, undefined, [bytes]),
    clear: () => model.send({ kind: "clear" }),
    close: () => model.off("change:picture", onTrait),
  };
}

export function readPicture(value: unknown): PictureView {
  const raw = record(value);
  return {
    name: text(raw.name),
    thumb: safeUrl(raw.thumb, "image"),
    width: number(raw.width),
    height: number(raw.height),
    error: text(raw.error),
  };
}
