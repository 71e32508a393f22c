import { expect, test } from "vitest";
import { choose, neighbour, pairOf } from "../../src/grid/view_mode";

test("compared are the last two chosen, else the winner or the first with another", () => {
  const places = [1, 2, 4, 6];
  expect(pairOf([], places, null)).toEqual([1, 2]);
  expect(pairOf([], places, 4)).toEqual([4, 1]);
  expect(pairOf([6], places, 4)).toEqual([4, 6]);
  expect(pairOf([4], places, 4)).toEqual([1, 4]);
  expect(pairOf([6, 2], places, 4)).toEqual([6, 2]);
  // One that has no clip any more is not compared.
  expect(pairOf([3, 2], places, null)).toEqual([1, 2]);
  expect(pairOf([], [3], null)).toEqual([3, 3]);
});

test("choosing remembers two different clips, and moving goes round the ends", () => {
  let stand = { mode: "grid" as const, chosen: null, recent: [] } as Parameters<typeof choose>[0];
  for (const place of [3, 5, 5, 1]) stand = choose(stand, place);
  expect(stand).toEqual({ mode: "grid", chosen: 1, recent: [5, 1] });
  expect([neighbour(null, [2, 4], 1), neighbour(null, [2, 4], -1), neighbour(4, [2, 4], 1)]).toEqual([2, 4, 2]);
  expect(neighbour(1, [], 1)).toBeNull();
});
