/** Listens to what Python sends to a widget, as a trait or as messages. */
import type { AnyModel } from "@anywidget/types";
import { record } from "./read";
import { readStandalone, replaceViews } from "./standalone";

/** Called with the fields of a message, and the bytes that came with it. */
export type OnMessage = (message: Record<string, unknown>, bytes: DataView<ArrayBuffer> | undefined) => void;

/** Listens until the returned function is called. The message that ends any live view is handled here. */
export function listen(model: AnyModel, trait: string, changed: () => void, onMessage: OnMessage): () => void {
  const onCustom = (content: unknown, buffers: DataView<ArrayBuffer>[]) => {
    const message = record(content);
    const standalone = message.kind === "standalone" && readStandalone(message);
    if (standalone) replaceViews(model.widget_manager, standalone);
    else onMessage(message, buffers?.[0]);
  };
  model.on("msg:custom", onCustom);
  model.on(`change:${trait}`, changed);
  return () => {
    model.off("msg:custom", onCustom);
    model.off(`change:${trait}`, changed);
  };
}
