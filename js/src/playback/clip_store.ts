/** The clips that came as bytes, under URLs that a page can play, and the reasons why others did not come. */

/** What the page has of a clip; both are null before anything came. */
export interface ClipSource {
  url: string | null;
  /** Why the clip cannot be had. */
  reason: string | null;
}

export const NO_CLIP: ClipSource = { url: null, reason: null };

export interface ClipStore<Key> {
  get(key: Key): ClipSource;
  /** How many clips it holds. */
  readonly size: number;
  /** Notes that a clip is asked for; false if it was before. */
  request(key: Key): boolean;
  /** Keeps a clip. A second copy is dropped: Python sends clips again whenever another page opens the widget. */
  add(key: Key, clip: Blob): void;
  refuse(key: Key, reason: string): void;
  /** Frees the clips of these keys; they can be asked for again. */
  drop(isDropped: (key: Key) => boolean): void;
}

/** `changed` is called after a clip or a reason came. */
export function createClipStore<Key>(changed: (key: Key) => void): ClipStore<Key> {
  const sources = new Map<Key, ClipSource>();
  return {
    get: (key) => sources.get(key) ?? NO_CLIP,
    get size() {
      return [...sources.values()].filter(({ url }) => url).length;
    },
    request(key) {
      if (sources.has(key)) return false;
      sources.set(key, NO_CLIP);
      return true;
    },
    add(key, clip) {
      if (sources.get(key)?.url) return;
      sources.set(key, { url: URL.createObjectURL(clip), reason: null });
      changed(key);
    },
    refuse(key, reason) {
      sources.set(key, { url: sources.get(key)?.url ?? null, reason });
      changed(key);
    },
    drop(isDropped) {
      for (const [key, { url }] of sources) {
        if (!isDropped(key)) continue;
        if (url) URL.revokeObjectURL(url);
        sources.delete(key);
      }
    },
  };
}
