/** Hearing what Python tells a widget, by a trait or by messages. */
import type { AnyModel } from "@anywidget/types";
import { record } from "./read";
import { readAlone, standAlone } from "./standalone";

/** A message with its fields, and the bytes that came along. */
export type Hear = (message: Record<string, unknown>, bytes: DataView<ArrayBuffer> | undefined) => void;

/** Hears a model until what it returns is called. What every widget does, to stand alone, is done here. */
export function listen(model: AnyModel, trait: string, changed: () => void, hear: Hear): () => void {
  const onMessage = (content: unknown, buffers: DataView<ArrayBuffer>[]) => {
    const message = record(content);
    const alone = message.kind === "alone" && readAlone(message);
    if (alone) standAlone(model.widget_manager, alone);
    else hear(message, buffers?.[0]);
  };
  model.on("msg:custom", onMessage);
  model.on(`change:${trait}`, changed);
  return () => {
    model.off("msg:custom", onMessage);
    model.off(`change:${trait}`, changed);
  };
}
