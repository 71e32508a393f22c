import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nameOf } from "../../src/grid/cells/layout";
import { COMMANDS } from "../../src/grid/controls/commands";
import { picksLine } from "../../src/grid/picks";
import { statusText } from "../../src/job/progress";
import { readCell, readGrid } from "../../src/protocol/grid";
import { readView } from "../../src/protocol/job";
import shared from "../../src/protocol/shared.json";

// Python's tests read the same file: what both sides say or measure is there once.
const css = (name: string) => readFileSync(`src/${name}`, "utf8");
const rule = (text: string, selector: string) => {
  const found = new RegExp(`(?:^|\\n)${selector.replaceAll(".", "\\.")} \\{([^}]*)\\}`).exec(text);
  return found?.[1] ?? "";
};

test("cards have the sizes that Python's HTML has, so that nothing moves when it takes their place", () => {
  const { geometry: size } = shared;
  const card = css("job/card.css");
  const stages = rule(card, ".vgn-stages");
  expect(stages).toContain(`width: min(100%, ${size.stage_width}px, ${size.stage_height}px * var(--vgn-ratio));`);
  expect(stages).toContain(`gap: ${size.tile_gap}px;`);
  const many = rule(card, ".vgn-many");
  expect(many).toContain(`--vgn-tile: min(${size.tile_width}px, ${size.tile_height}px * var(--vgn-ratio));`);
  expect(many).toContain(`minmax(min(100%, ${size.tile_shrink} * var(--vgn-tile)), 1fr)`);
  expect(many).toContain(`var(--vgn-count) * (var(--vgn-tile) + ${size.tile_gap}px) - ${size.tile_gap}px`);
  expect(rule(card, ".vgn-stage")).toContain(`border-radius: ${size.stage_radius}px;`);
  const caption = rule(card, ".vgn-caption");
  expect(caption).toContain(`max-width: ${size.caption_width}px;`);
  expect(caption).toContain(`padding-top: ${size.caption_gap}px;`);
  const badge = rule(css("base.css"), ".vgn-badge");
  expect(badge).toContain(`top: ${size.badge_offset}px;\n  left: ${size.badge_offset}px;`);
});

test("without a theme errors and warnings have the colours of Python's HTML", () => {
  const base = css("base.css");
  expect(base).toContain(`--vgn-error: var(--jp-error-color1, var(--vscode-errorForeground, ${shared.colors.error}));`);
  expect(base).toMatch(
    new RegExp(`--vgn-warn: var\\(--jp-warn-color1, var\\(--[\\w-]+, ${shared.colors.warning}\\)\\);`),
  );
});

test.each(shared.picks_samples)("picks become the line $line", ({ id, winner, favourites, line }) => {
  expect(picksLine(id, { winner, favourites })).toBe(line);
});

test.each(shared.queue_samples)("position $position in the queue is $text", ({ position, text }) => {
  expect(statusText(readView({ phase: "queued", position }))).toBe(`Queued · ${text}`);
});

test.each(shared.name_samples)("a cell is called $name", ({ grid, cell, name }) => {
  const { model, ...rest } = cell;
  expect(nameOf(readGrid(grid), readCell({ ...rest, key: "job1", job: { model } }))).toBe(name);
});

test("what Python's HTML calls a picked clip is what the buttons say", () => {
  expect(COMMANDS.winner.help.toLowerCase()).toBe(shared.winner_mark);
  expect(COMMANDS.favourite.help.toLowerCase()).toBe(shared.favourite_mark);
});

test("a page waits for more than one sign of life before it takes the kernel for silent", () => {
  expect(shared.silence_seconds).toBeGreaterThan(2 * shared.keep_alive_seconds);
});
