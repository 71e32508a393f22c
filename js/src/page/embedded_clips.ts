/** Clips that a page holds as text, in script elements that are never run. */

const PART = "script.videogen-part";

/**
 * Each clip that the page holds, with its key, as soon as all of it has been read; the page may still be loading.
 * A clip's parts stand one behind another, and their text is let go once it is bytes.
 */
export async function* held(page: ParentNode): AsyncGenerator<[key: string, clip: Blob]> {
  let [key, type, parts] = ["", "", [] as BlobPart[]];
  while (true) {
    // Only the last one may still be growing, and it is the last one for as long as the page is loading.
    const loaded = document.readyState !== "loading";
    const found = [...page.querySelectorAll<HTMLElement>(PART)].slice(0, loaded ? undefined : -1);
    for (const part of found) {
      const next = part.dataset.key ?? "";
      if (parts.length && next !== key) {
        yield [key, new Blob(parts, { type })];
        parts = [];
      }
      [key, type] = [next, part.dataset.type ?? ""];
      parts.push(bytesOf(part.textContent ?? ""));
      part.remove();
      await pause();
    }
    if (loaded && !found.length) break;
    if (!found.length) await pause();
  }
  if (parts.length) yield [key, new Blob(parts, { type })];
}

/** Lets the browser draw, and read on. */
function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // In browsers since 2025, and ten times as quick.
  const bytes = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  return bytes.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
