/** A live grid in the page, on parts that a test drives. */
import { createGrid } from "../../src/grid/view";
import { createClipStore } from "../../src/playback/clip_store";
import { readGrid } from "../../src/protocol/grid";
import { FakeScreen, fakeSync } from "./gridparts.js";

/** Records what the grid asks of the kernel. */
const live = () => {
  const asked: unknown[][] = [];
  const ask = (name: string) => (key?: string) => void asked.push(key ? [name, key] : [name]);
  const names = ["want", "cancel", "retry", "retryFailed", "used", "done"] as const;
  return { asked, actions: Object.fromEntries(names.map((name) => [name, ask(name)])) };
};

/** A live grid of `value` in the page, with all its cells on screen unless `shown` says which. */
export function startGrid(value: unknown, shown: number[] = [...Array(24).keys()]) {
  const { asked, actions } = live();
  const picked: object[] = [];
  const sync = fakeSync();
  const store = createClipStore<string>((key) => grid.clipChanged(key));
  // biome-ignore lint/suspicious/noExplicitAny: parts in JavaScript stand in for typed ones
  const parts = { live: actions as any, sync: sync as any };
  const grid = createGrid({ ...parts, clips: store, picked: (picks) => picked.push(picks) });
  grid.update(readGrid(value));
  document.body.append(grid.element);
  FakeScreen.show(shown);
  const root = grid.element;
  const told = (name: string) => (sync.told as unknown[][]).filter(([each]) => each === name);
  const find = <T extends HTMLElement = HTMLElement>(selector: string) => root.querySelector(selector) as T;
  const all = (selector: string) => [...root.querySelectorAll<HTMLElement>(selector)];
  const type = (key: string, more: KeyboardEventInit = {}, target: Element = root) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    target.dispatchEvent(event);
    if (!more.repeat) target.dispatchEvent(new KeyboardEvent("keyup", { key, bubbles: true }));
    return event;
  };
  const digit = (n: number) => type(String(n), { code: `Digit${n}` });
  const mode = () => find(".vgn-cells").dataset.mode;
  /** Gives the page the clip of a key; returns its address. */
  const give = (key: string) => {
    store.add(key, new Blob());
    return store.get(key).url;
  };
  return {
    grid,
    store,
    give,
    root,
    sync,
    asked,
    picked,
    find,
    all,
    type,
    digit,
    mode,
    told,
    sent: (name: string) => asked.filter(([each]) => each === name),
  };
}
