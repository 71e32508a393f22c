/** Reads clips that a page holds as base64 text, in script elements that are never run. */
import { clip_part_class } from "../protocol/shared.json";

const PART = `script.${clip_part_class}`;

/**
 * Yields each embedded clip with its key, as soon as all of its parts are there; the page may still be loading. The
 * parts of a clip follow one another, and each is removed once it is decoded.
 */
export async function* embeddedClips(page: ParentNode): AsyncGenerator<[key: string, clip: Blob]> {
  let [key, type, parts] = ["", "", [] as BlobPart[]];
  for await (const part of partsOf(page)) {
    const next = part.dataset.key ?? "";
    if (parts.length && next !== key) {
      yield [key, new Blob(parts, { type })];
      parts = [];
    }
    [key, type] = [next, part.dataset.type ?? ""];
    parts.push(bytesOf(part.textContent ?? ""));
    part.remove();
  }
  if (parts.length) yield [key, new Blob(parts, { type })];
}

/** Yields the elements of the page as they are loaded; each is to be removed before the next one is asked for. */
async function* partsOf(page: ParentNode): AsyncGenerator<HTMLElement> {
  while (true) {
    // While the page is loading, its last part may be incomplete.
    const loaded = document.readyState !== "loading";
    const complete = [...page.querySelectorAll<HTMLElement>(PART)].slice(0, loaded ? undefined : -1);
    for (const part of complete) {
      yield part;
      await pause();
    }
    if (complete.length) continue;
    if (loaded) return;
    await pause();
  }
}

/** Lets the browser draw, and read more of the page. */
function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // Browsers have had it since 2025; it is ten times as fast.
  const bytes = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  return bytes.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
