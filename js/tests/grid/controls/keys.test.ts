import { expect, test } from "vitest";
import { bindingOf, keyList } from "../../../src/grid/controls/keys";

const press = (key: string, more = {}) =>
  bindingOf({ key, code: "", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

test("each key of the help means something, and keys are the same in either case", () => {
  for (const [key, command] of Object.entries({ " ": "play", w: "wipe", B: "blink", F: "favourite", c: "winner" })) {
    expect(press(key)?.[0]).toBe(command);
  }
  expect([press(","), press("."), press("[")]).toEqual([
    ["step", -1],
    ["step", 1],
    ["shift", -1],
  ]);
  expect([press("ArrowLeft"), press("ArrowRight", { shiftKey: true })]).toEqual([
    ["scrub", -1],
    ["scrub", 5],
  ]);
  const letters = keyList()
    .map(([keys]) => keys)
    .filter((keys) => /^[A-Z]$/.test(keys));
  expect(letters.every((letter) => press(letter) !== null)).toBe(true);
});

test("digits are read by their place, since some keyboards type them with shift", () => {
  expect(press("&", { code: "Digit1" })).toEqual(["choose", 0]);
  expect(press("9", { code: "Numpad9" })).toEqual(["choose", 8]);
  expect(press("0", { code: "Digit0" })).toEqual(["zoom", 0]);
});

test("keys with Ctrl, Alt or Cmd are the browser's, but brackets may need AltGr", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) expect(press("f", { [held]: true })).toBeNull();
  expect(press("]", { ctrlKey: true, altKey: true })).toEqual(["shift", 1]);
  expect([press("q"), press("Tab"), press("toString")]).toEqual([null, null, null]);
});
