/** What passes between a job's widget and Python; this folder is the only place that names traits, messages and their fields. */
import type { AnyModel } from "@anywidget/types";
import { listen } from "./listen";
import { clipOf, list, number, oneOf, record, safeUrl, text } from "./read";

const STATUSES = ["queued", "running", "succeeded", "failed", "cancelled", "uncertain"] as const;
const PHASES = ["submitting", "queued", "running", "downloading", "ended"] as const;
export type Status = (typeof STATUSES)[number];
export type Phase = (typeof PHASES)[number];

/** Why a job ended without a clip, in plain sentences. */
export interface JobError {
  what: string;
  charged: string;
  next: string;
}

/** One finished file; `src` is null while its bytes are on their way in a clip message. */
export interface VideoFile {
  src: string | null;
  poster: string | null;
  path: string;
}

/** All that a view of one job draws from. Times in seconds, sizes in pixels or bytes. */
export interface JobView {
  id: string;
  status: Status;
  phase: Phase;
  /** 0 to 1 of the generation, null when unknown. */
  progress: number | null;
  received: number | null;
  total: number | null;
  /** Place in the queue, 0 is next. */
  position: number | null;
  /** Since submission, at the time of sending. */
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
  /** Why it runs where it runs, where that may surprise. */
  hint: string | null;
  error: JobError | null;
  videos: VideoFile[];
  can_cancel: boolean;
  can_retry: boolean;
  retry_label: string | null;
  cancel_note: string | null;
}

export type JobModel = AnyModel<{ view: unknown }>;

/** What Python may tell a job widget. */
export interface JobHandlers {
  view(view: JobView): void;
  clip(index: number, clip: Blob): void;
  /** There is no such clip to be had, and why. */
  noClip(index: number, why: string): void;
}

/** What a job widget may tell Python. */
export interface JobChannel {
  /** The view that the model was made or reloaded with. */
  initial: JobView;
  /** Asks for the current view, and for the clips of a finished job. */
  hello(): void;
  cancel(): void;
  retry(): void;
  close(): void;
}

/** Wires a model to `handlers`; messages that make no sense are dropped. */
export function connectJob(model: JobModel, handlers: JobHandlers): JobChannel {
  const changed = () => handlers.view(readView(model.get("view")));
  const close = listen(model, "view", changed, ({ kind, view, index, media_type, why }, bytes) => {
    if (kind === "view") handlers.view(readView(view));
    else if (kind === "clip" && bytes && Number.isInteger(index)) {
      handlers.clip(index as number, clipOf(bytes, media_type));
    } else if (kind === "noclip" && Number.isInteger(index)) handlers.noClip(index as number, text(why) ?? "");
  });
  return {
    initial: readView(model.get("view")),
    hello: () => model.send({ kind: "hello" }),
    cancel: () => model.send({ kind: "cancel" }),
    retry: () => model.send({ kind: "retry" }),
    close,
  };
}

/** Turns whatever arrived into a complete view; what is missing or of the wrong kind becomes its neutral value. */
export function readView(value: unknown): JobView {
  const raw = record(value);
  const [width, height] = [number(raw.width) ?? 0, number(raw.height) ?? 0];
  return {
    id: text(raw.id) ?? "",
    status: oneOf(STATUSES, raw.status, "queued"),
    phase: oneOf(PHASES, raw.phase, "submitting"),
    progress: number(raw.progress, 1),
    received: number(raw.received),
    total: number(raw.total),
    position: number(raw.position),
    elapsed: number(raw.elapsed) ?? 0,
    remaining: number(raw.remaining),
    prompt: text(raw.prompt) ?? "",
    model: text(raw.model) ?? "",
    provider: text(raw.provider) ?? "",
    facts: list(raw.facts).flatMap((fact) => text(fact) ?? []),
    // No model makes anything narrower; a box of any other shape would be a slip that wrecks the page.
    ...(width <= height * 4 && height <= width * 4 && width > 0 ? { width, height } : { width: 16, height: 9 }),
    badge: text(raw.badge),
    cost: text(raw.cost),
    notice: text(raw.notice),
    hint: text(raw.hint),
    error: raw.error ? readError(raw.error) : null,
    videos: list(raw.videos).map(readVideo),
    can_cancel: raw.can_cancel === true,
    can_retry: raw.can_retry === true,
    retry_label: text(raw.retry_label),
    cancel_note: text(raw.cancel_note),
  };
}

function readError(value: unknown): JobError {
  const raw = record(value);
  return { what: text(raw.what) ?? "", charged: text(raw.charged) ?? "", next: text(raw.next) ?? "" };
}

function readVideo(value: unknown): VideoFile {
  const raw = record(value);
  return { src: safeUrl(raw.src, "video"), poster: safeUrl(raw.poster, "image"), path: text(raw.path) ?? "" };
}
