/** Reading what Python sent: any value in, a value of the wanted kind out, the neutral one where it is another. */

/** The address if it is http(s), blob, relative, or data of that media kind; anything else is null. */
export function safeUrl(value: unknown, media: "video" | "image"): string | null {
  const url = text(value);
  if (!url) return null;
  // A leading "data:video/" cannot be read as another scheme; the URL parser needs not see its megabytes.
  if (url.startsWith(`data:${media}/`)) return url;
  try {
    const { protocol } = new URL(url, "https://page.invalid/");
    return ["http:", "https:", "blob:"].includes(protocol) ? url : null;
  } catch {
    return null;
  }
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() ? value : null;
}

export function number(value: unknown, most = Number.MAX_VALUE): number | null {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(value, 0), most) : null;
}

export function oneOf<T extends string>(allowed: readonly T[], value: unknown, otherwise: T): T {
  return allowed.find((word) => word === value) ?? otherwise;
}

/** A clip that came as bytes; a type that is none of a video's is taken for MP4. */
export function clipOf(bytes: DataView<ArrayBuffer>, type: unknown): Blob {
  return new Blob([bytes], { type: /^video\/[\w.+-]+$/.exec(String(type))?.[0] ?? "video/mp4" });
}
