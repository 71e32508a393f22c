import { expect, test, vi } from "vitest";
import { COMMANDS, type CommandName } from "../../../src/grid/controls/commands";
import { listenToKeys } from "../../../src/grid/controls/keyboard";
import { keyList } from "../../../src/grid/controls/keys";
import { keysTable } from "../../../src/grid/controls/keys_table";
import { every, useFakeScreen } from "../../harness/gridparts.js";
import { startGrid } from "../../harness/livegrid";

const NAMES = Object.keys(COMMANDS) as CommandName[];
const KEYS = NAMES.flatMap((name) => (COMMANDS[name].keys ?? []).map(([key, by]) => ({ name, key, by })));
/** A digit is typed on a key of its own; every other key is known by what it types. */
const codeOf = (key: string) => (/^\d$/.test(key) ? `Digit${key}` : "");

useFakeScreen();

/** The commands that run when a key is pressed and released. */
function commandsOf(key: string, more: KeyboardEventInit = {}) {
  const root = document.body.appendChild(document.createElement("div"));
  const run = vi.fn();
  const stop = listenToKeys(root, { run, peek: () => false, edge: () => false });
  for (const type of ["keydown", "keyup"]) {
    root.dispatchEvent(new KeyboardEvent(type, { key, code: codeOf(key), bubbles: true, ...more }));
  }
  stop();
  return run.mock.calls;
}

test.each(KEYS)("$key runs $name by $by", ({ name, key, by }) => {
  expect(commandsOf(key)).toEqual([[name, by]]);
  if (/^[a-z]$/.test(key)) expect(commandsOf(key.toUpperCase())).toEqual([[name, by]]);
  const { shift } = COMMANDS[name];
  if (shift) expect(commandsOf(key, { shiftKey: true })).toEqual([[name, by * shift]]);
});

test("no key is bound twice", () => {
  const keys = KEYS.map(({ key }) => key);
  expect(keys).toEqual([...new Set(keys)]);
});

type Started = ReturnType<typeof startGrid>;
const zoom = ({ find }: Started) => Number(find(".vgn-cells").style.getPropertyValue("--vgn-scale"));
const chosen = ({ find }: Started) => find(".vgn-chosen .vgn-number")?.textContent ?? null;
const pressed = ({ find }: Started, label: string) => find(`[aria-label^="${label}"]`).getAttribute("aria-pressed");
const frames = ({ find }: Started) => find(".vgn-shifted").textContent;
const said = ({ sync }: Started) => sync.told.filter(([name]: string[]) => name !== "show" && name !== "lead").at(-1);

/** By command: the keys to press before, and what is seen of it in a grid of four clips, for each of its keys. */
const EFFECTS: Record<CommandName, { before?: string; seen: (grid: Started) => unknown; after: unknown[] }> = {
  play: { seen: said, after: [["play"]] },
  scrub: {
    seen: said,
    after: [
      ["seek", 1],
      ["seek", 3],
    ],
  },
  step: {
    seen: said,
    after: [
      ["step", -1],
      ["step", 1],
    ],
  },
  choose: { seen: ({ all }) => all(".vgn-a").length, after: [1, 1, 1, 1, 0, 0, 0, 0, 0] },
  move: { before: "2", seen: ({ find }) => find(".vgn-a .vgn-number").textContent, after: ["1", "3"] },
  solo: { seen: (grid) => grid.mode(), after: ["solo"] },
  wipe: { seen: (grid) => grid.mode(), after: ["wipe"] },
  turn: { before: "w", seen: ({ all }) => all(".vgn-cells.vgn-down").length, after: [1] },
  blink: { seen: (grid) => grid.mode(), after: ["blink"] },
  swap: { before: "w", seen: ({ find }) => find(".vgn-a .vgn-number").textContent, after: ["2"] },
  favourite: { before: "3", seen: ({ picked }) => picked, after: [[{ winner: null, favourites: ["job2", "job3"] }]] },
  winner: { before: "3", seen: ({ picked }) => picked, after: [[{ winner: "job3", favourites: ["job2"] }]] },
  mute: { seen: (grid) => pressed(grid, "Sound"), after: ["true"] },
  loop: { seen: (grid) => pressed(grid, "Loop"), after: ["false"] },
  shift: { before: "1", seen: frames, after: ["−1 f", "+1 f"] },
  zoom: { before: "++", seen: zoom, after: [1, 1.5 ** 3, 1.5 ** 3, 1.5] },
  full: { seen: () => null, after: [] },
  grid: { before: "w", seen: (grid) => grid.mode(), after: ["grid"] },
  help: { seen: ({ find }) => find(".vgn-help").hidden, after: [false] },
};

test.each(NAMES)("each key of %s does in the grid what the table says", (name) => {
  const { before = "", seen, after } = EFFECTS[name];
  const keys = COMMANDS[name].keys ?? [];
  expect(after).toHaveLength(keys.length);
  for (const [index, [key]] of keys.entries()) {
    const grid = startGrid(every["2x2"]);
    grid.sync.turn({ time: 2 });
    for (const earlier of before) grid.type(earlier, { code: codeOf(earlier) });
    const unpressed = JSON.stringify(seen(grid));
    grid.type(key, { code: codeOf(key) });
    expect(seen(grid)).toEqual(after[index]);
    // A digit without a cell is the only key that changes nothing.
    if (!(name === "choose" && index > 3)) expect(JSON.stringify(seen(grid))).not.toBe(unpressed);
    grid.grid.destroy();
  }
});

test("moving chooses in the grid, and goes round its ends", () => {
  const grid = startGrid(every["2x2"]);
  const seen = ["ArrowUp", "ArrowDown", "ArrowDown"].map((key) => {
    grid.type(key);
    return chosen(grid);
  });
  expect(seen).toEqual(["4", "1", "2"]);
});

test("full screen is a button without a key", () => {
  const { root, find } = startGrid(every["2x2"]);
  const request = vi.fn(async () => {});
  root.requestFullscreen = request;
  find('[title="Full screen"]').click();
  expect(request).toHaveBeenCalledOnce();
});

test("the list of keys has each command that has a key, and so has the table for the documentation", () => {
  const withKeys = NAMES.filter((name) => COMMANDS[name].keys);
  expect(keyList().map(([, help]) => help)).toEqual(withKeys.map((name) => COMMANDS[name].help));
  const { all } = startGrid(every["2x2"]);
  const listed = all(".vgn-keys dt").map(({ textContent }) => textContent);
  expect(listed).toEqual(keyList().map(([keys]) => keys.replaceAll(" ", "")));
  const [head, rule, ...rows] = keysTable().split("\n");
  expect([head, rule]).toEqual(["| Key | In a grid |", "|---|---|"]);
  expect(rows).toHaveLength(withKeys.length);
  expect(rows).toContain("| `←` `→` | One second (Shift: five) |");
  expect(rows).toContain("| `1` – `9` | Show one clip alone, or all again |");
  expect(rows).toContain("| `+` `-` `0` | Zoom (Ctrl + wheel); 0: whole |");
});

test("each tooltip with a key names one of the list", () => {
  const { all } = startGrid(every["2x2"]);
  const named = all(".vgn-transport [title], .vgn-picks [title]").flatMap(
    ({ title }) => /\((.+)\)$/.exec(title)?.[1] ?? [],
  );
  const listed = keyList().flatMap(([keys]) => keys.split(" "));
  expect(new Set(named).size).toBeGreaterThan(12);
  expect(named.filter((key) => !listed.includes(key))).toEqual([]);
});
