/** What passes between a job's widget and Python. Only this folder names traits, messages and their fields. */
import type { AnyModel } from "@anywidget/types";
import { listen } from "./listen";
import { amount, clipOf, flag, listOf, nullable, number, object, oneOf, safeUrl, string, text, texts } from "./read";

const STATUSES = ["queued", "running", "succeeded", "failed", "cancelled", "uncertain"] as const;
const PHASES = ["submitting", "queued", "running", "downloading", "ended"] as const;
export type Status = (typeof STATUSES)[number];
export type Phase = (typeof PHASES)[number];

/** Why a job ended without a clip, in sentences. */
export interface JobError {
  summary: string;
  charged: string;
  next: string;
}

/** One finished file; `src` is null where its bytes come in a clip message. */
export interface VideoFile {
  src: string | null;
  poster: string | null;
  path: string;
}

/** All data that a view of one job draws. Times in seconds, sizes in pixels or bytes. */
export interface JobView {
  id: string;
  status: Status;
  phase: Phase;
  /** 0 to 1 of the generation; null if unknown. */
  progress: number | null;
  received: number | null;
  total: number | null;
  /** Position in the queue, 0 is next. */
  position: number | null;
  /** Since submission, when this was sent. */
  elapsed: number;
  remaining: number | null;
  prompt: string;
  model: string;
  provider: string;
  facts: string[];
  width: number;
  height: number;
  badge: string | null;
  cost: string | null;
  notice: string | null;
  /** Explains the choice of provider, where it may be unexpected. */
  hint: string | null;
  error: JobError | null;
  videos: VideoFile[];
  can_cancel: boolean;
  can_retry: boolean;
  retry_label: string | null;
  cancel_note: string | null;
}

/** Whether the job has its clips. */
export function succeeded({ status }: Pick<JobView, "status">): boolean {
  return status === "succeeded";
}

export type JobModel = AnyModel<{ view: unknown }>;

/** What Python may send to a job widget. */
export interface JobHandlers {
  view(view: JobView): void;
  clip(index: number, clip: Blob): void;
  /** The clip cannot be had. */
  noClip(index: number, reason: string): void;
}

/** What a job widget may send to Python. */
export interface JobChannel {
  /** The view that the model was created or reloaded with. */
  initial: JobView;
  /** Asks for the current view, and for the clips of a finished job. */
  hello(): void;
  cancel(): void;
  retry(): void;
  close(): void;
}

/** Connects a model to `handlers`; malformed messages are dropped. */
export function connectJob(model: JobModel, handlers: JobHandlers): JobChannel {
  const changed = () => handlers.view(readView(model.get("view")));
  const close = listen(model, "view", changed, ({ kind, view, index, media_type, why }, bytes) => {
    if (kind === "view") handlers.view(readView(view));
    else if (kind === "clip" && bytes && Number.isInteger(index)) {
      handlers.clip(index as number, clipOf(bytes, media_type));
    } else if (kind === "noclip" && Number.isInteger(index)) handlers.noClip(index as number, string(why));
  });
  return {
    initial: readView(model.get("view")),
    hello: () => model.send({ kind: "hello" }),
    cancel: () => model.send({ kind: "cancel" }),
    retry: () => model.send({ kind: "retry" }),
    close,
  };
}

const readFields = object<JobView>({
  id: string,
  status: (value) => oneOf(STATUSES, value, "queued"),
  phase: (value) => oneOf(PHASES, value, "submitting"),
  progress: (value) => number(value, 1),
  received: number,
  total: number,
  position: number,
  elapsed: amount,
  remaining: number,
  prompt: string,
  model: string,
  provider: string,
  facts: texts,
  width: amount,
  height: amount,
  badge: text,
  cost: text,
  notice: text,
  hint: text,
  error: nullable(object<JobError>({ summary: string, charged: string, next: string })),
  videos: listOf(
    object<VideoFile>({
      src: (value) => safeUrl(value, "video"),
      poster: (value) => safeUrl(value, "image"),
      path: string,
    }),
  ),
  can_cancel: flag,
  can_retry: flag,
  retry_label: text,
  cancel_note: text,
});

/** Turns any value into a complete view: what is missing or of another type becomes a neutral value. */
export function readView(value: unknown): JobView {
  const view = readFields(value);
  const { width, height } = view;
  // No model makes narrower clips; a box of such a shape is an error, and would break the page.
  const possible = width <= height * 4 && height <= width * 4 && width > 0;
  return possible ? view : { ...view, width: 16, height: 9 };
}
