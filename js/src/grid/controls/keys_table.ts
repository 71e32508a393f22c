/** The grid's keys as a table for the documentation; `npm run --silent keys` prints it. */
import { keyList } from "./keys";

/** A Markdown table of all keys and what they do. */
export function keysTable(): string {
  const rows = keyList().map(([keys, help]) => `| ${keys.split(" ").map(code).join(" ")} | ${help} |`);
  return ["| Key | In a grid |", "|---|---|", ...rows].join("\n");
}

function code(key: string): string {
  return key === "–" ? key : `\`${key}\``;
}
