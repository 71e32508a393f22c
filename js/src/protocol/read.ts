/** Reads values that Python sent: a value of another type than expected becomes a neutral one. */
import { clamp } from "../numbers";

/** The URL if it is http(s), blob, relative, or data of that kind of media; else null. */
export function safeUrl(value: unknown, media: "video" | "image"): string | null {
  const url = text(value);
  if (!url) return null;
  // A leading "data:video/" cannot be another scheme, so the megabytes that follow need no parsing.
  if (url.startsWith(`data:${media}/`)) return url;
  try {
    const { protocol } = new URL(url, "https://page.invalid/");
    return ["http:", "https:", "blob:"].includes(protocol) ? url : null;
  } catch {
    return null;
  }
}

/** Reads one value: of another type than expected it becomes a neutral one. */
export type Reader<T> = (value: unknown) => T;

/** Reads an object field by field. */
export function object<T>(fields: { [Name in keyof T]: Reader<T[Name]> }): Reader<T> {
  const readers = Object.entries(fields) as [string, Reader<unknown>][];
  return (value) => {
    const raw = record(value);
    return Object.fromEntries(readers.map(([name, read]) => [name, read(raw[name])])) as T;
  };
}

export function listOf<T>(read: Reader<T>): Reader<T[]> {
  return (value) => list(value).map((item) => read(item));
}

export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value ? read(value) : null);
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

export function string(value: unknown): string {
  return text(value) ?? "";
}

/** The texts of a list; other items are left out. */
export function texts(value: unknown): string[] {
  return list(value).flatMap((item) => text(item) ?? []);
}

export function flag(value: unknown): boolean {
  return value === true;
}

/** A number that is 0 if it is missing. */
export function amount(value: unknown): number {
  return number(value) ?? 0;
}

export function number(value: unknown, max = Number.MAX_VALUE): number | null {
  return typeof value === "number" && Number.isFinite(value) ? clamp(value, 0, max) : null;
}

export function oneOf<T extends string>(allowed: readonly T[], value: unknown, fallback: T): T {
  return allowed.find((word) => word === value) ?? fallback;
}

/** A clip that came as bytes; a type that is no video type is read as MP4. */
export function clipOf(bytes: DataView<ArrayBuffer>, type: unknown): Blob {
  return new Blob([bytes], { type: /^video\/[\w.+-]+$/.exec(String(type))?.[0] ?? "video/mp4" });
}
