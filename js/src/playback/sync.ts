/** Plays videos in step, on a common clock that all of them follow. */
import type { Timing } from "../protocol/grid";
import { ClipGroup } from "./clip_group";
import { createConductor } from "./conductor";
import { SyncedClip } from "./synced_clip";
import type { Phase } from "./timing";

export interface SyncState {
  /** Seconds on the common clock. */
  time: number;
  /** Where the last of the shown clips ends, its shift included. */
  duration: number;
  playing: boolean;
  /** Playing, but some clip has no data yet, and the others wait for it. */
  waiting: boolean;
  rate: number;
  loop: boolean;
  /** Of the lead clip at `time`. */
  frame: number;
  frames: number;
}

export interface ClipState {
  /** Index of the frame shown at the common time. */
  frame: number;
  frames: number;
  /** "before": its shift has not let it start; "ended": it holds its last frame. */
  phase: Phase;
}

/** Identifies a clip among those that play in step. */
export type ClipKey = string | number;

export interface Sync {
  /** A clip joins at the common time, also while the others play. */
  add(key: ClipKey, video: HTMLVideoElement, timing: Timing | null): void;
  remove(key: ClipKey): void;
  /** Sets which clips are on screen: only those play and are waited for. The others are paused and join on their return. */
  show(keys: ReadonlySet<ClipKey>): void;
  /** Lets a clip start so many seconds later (negative: earlier) than the common clock. */
  shift(key: ClipKey, seconds: number): void;
  /** Sets whose frames `step` counts; null for the clip with most frames a second. */
  lead(key: ClipKey | null): void;
  play(): void;
  pause(): void;
  /** Seconds on the common clock; calls in quick succession (scrubbing) are coalesced so that frames keep being drawn. */
  seek(time: number): void;
  /** Pauses and goes to the next or previous frame of the lead clip, exactly. */
  step(by: number): void;
  setRate(rate: number): void;
  setLoop(loop: boolean): void;
  state(): SyncState;
  clip(key: ClipKey): ClipState | null;
  /** Calls `listener` at most once an animation frame, when state() or clip() may have changed. */
  subscribe(listener: () => void): () => void;
  destroy(): void;
}

export function createSync(): Sync {
  const group = new ClipGroup();
  const { clips } = group;
  const listeners = new Set<() => void>();
  const conductor = createConductor(group, () => {
    for (const listener of listeners) listener();
  });
  const { wake, time, running, play, pause, seek, step, setRate, setLoop } = conductor;
  let onScreen: ReadonlySet<ClipKey> | null = null;

  const remove = (key: ClipKey) => {
    clips.get(key)?.destroy();
    clips.delete(key);
    wake();
  };
  return {
    play,
    pause,
    seek,
    step,
    setRate,
    setLoop,
    remove,
    add(key, video, timing) {
      remove(key);
      const known = timing && timing.fps > 0 && timing.duration > 0 ? timing : null;
      const clip = new SyncedClip(video, known, conductor.clipEvents);
      clip.shown = onScreen?.has(key) ?? true;
      clip.late = running();
      clips.set(key, clip);
      wake();
    },
    show(keys) {
      onScreen = new Set(keys);
      for (const [key, clip] of clips) {
        const shown = keys.has(key);
        if (!shown) clip.pause();
        else if (!clip.shown) clip.late = running();
        clip.shown = shown;
      }
      wake();
    },
    shift(key, seconds) {
      clips.get(key)?.setShift(seconds);
      wake();
    },
    lead(key) {
      group.leadKey = key;
      wake();
    },
    state() {
      const at = time();
      const lead = group.leads[0]?.timing;
      return {
        time: at,
        duration: group.duration,
        ...conductor.state(),
        frame: lead?.frame(at) ?? 0,
        frames: lead?.frames ?? 0,
      };
    },
    clip(key) {
      const timing = clips.get(key)?.timing;
      const at = time();
      return timing ? { frame: timing.frame(at), frames: timing.frames, phase: timing.phase(at) } : null;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    destroy() {
      conductor.destroy();
      listeners.clear();
      for (const clip of clips.values()) clip.destroy();
      clips.clear();
    },
  };
}
