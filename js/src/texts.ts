/** Joins the texts that are not empty. */
export function joined(texts: readonly (string | null | undefined)[], separator = " · "): string {
  return texts.filter(Boolean).join(separator);
}
