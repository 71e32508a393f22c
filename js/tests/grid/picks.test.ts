import { afterEach, expect, test, vi } from "vitest";
import { loadPicks, picksLine, savePicks, toggleFavourite, toggleWinner } from "../../src/grid/picks";

const none = { winner: null, favourites: [] };
afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("there is one winner, and many favourites; the same again takes it back", () => {
  const two = toggleFavourite(toggleFavourite(none, "a"), "b");
  expect(two.favourites).toEqual(["a", "b"]);
  expect(toggleFavourite(two, "a").favourites).toEqual(["b"]);
  expect(toggleWinner(toggleWinner(none, "a"), "b").winner).toBe("b");
  expect(toggleWinner(toggleWinner(none, "a"), "a")).toEqual(none);
});

test("the line of Python names the grid and the picks, whatever is in the names", () => {
  expect(picksLine("g7k2", { winner: "job1", favourites: ["job1", "job2/2"] })).toBe(
    'videogen_nb.picks("g7k2", winner="job1", favourites=["job1", "job2/2"])',
  );
  expect(picksLine("g7k2", none)).toBe('videogen_nb.picks("g7k2", winner=None, favourites=[])');
  expect(picksLine('a"b\n', none)).toBe('videogen_nb.picks("a\\"b\\n", winner=None, favourites=[])');
});

test("a page keeps the picks of each grid apart, and survives what others left in its store", () => {
  expect(loadPicks("one")).toBeNull();
  savePicks("one", { winner: "a", favourites: ["b"] });
  expect([loadPicks("one"), loadPicks("two")]).toEqual([{ winner: "a", favourites: ["b"] }, null]);
  for (const junk of ["{", "7", "null", '{"favourites": 3}', '{"favourites": [1, "b"], "winner": 2}']) {
    localStorage.setItem("videogen_nb.picks.one", junk);
    expect([null, none, { winner: null, favourites: ["b"] }]).toContainEqual(loadPicks("one"));
  }
});

test("a page that may not keep anything goes on without", () => {
  const refuse = () => {
    throw new DOMException("no", "SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse });
  expect(() => savePicks("one", none)).not.toThrow();
  expect(loadPicks("one")).toBeNull();
});
