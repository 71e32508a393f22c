import { afterEach, beforeEach, expect, test, vi } from "vitest";
import historyWidget from "../../src/entries/history";
import { moved } from "../../src/history/strip";
import { histories, item } from "../harness/histories.js";
import { fakeModel } from "../harness/model.js";
import { states } from "../harness/states.js";

const every = histories("", (n: number) => `/poster${n}.jpg`);
const of = states("", "/poster.jpg");
const bytes = () => [new DataView(new Uint8Array([0, 1, 2]).buffer)];
const FIRST = "done-0";

/** The widget as anywidget runs it, inside a panel with one control of the form. */
function start(view: unknown, views = 1) {
  const model = fakeModel();
  model.set("history", view);
  const widget = historyWidget();
  // biome-ignore lint/suspicious/noExplicitAny: anywidget hands over more than a strip uses
  const props = { model } as any;
  const stop = widget.initialize(props) as () => void;
  const panel = document.body.appendChild(document.createElement("div"));
  panel.className = "vgn-panel";
  const control = panel.appendChild(document.createElement("input"));
  const places = Array.from({ length: views }, () => {
    const el = document.createElement("div");
    // Its place in the panel is given after it was drawn, as ipywidgets does.
    const remove = widget.render({ ...props, el }) as () => void;
    panel.append(el);
    return { el, remove };
  });
  const el = places[0]?.el as HTMLElement;
  const all = (selector: string) => [...el.querySelectorAll<HTMLElement>(selector)];
  return {
    model,
    stop,
    places,
    el,
    control,
    all,
    find: (name: string) => el.querySelector<HTMLElement>(`.vgn-${name}`),
    thumbs: () => all(".vgn-thumb") as HTMLButtonElement[],
    thumb: (n: number) => all(".vgn-thumb")[n] as HTMLButtonElement,
    sent: (kind: string) => model.sent.filter((message: { kind: string }) => message.kind === kind),
    clip: (id: string, index = 0) => model.receive({ kind: "clip", id, index, media_type: "video/mp4" }, bytes()),
    button: (label: string) => all("button").find((each) => each.textContent === label && !each.hidden),
    press: (target: HTMLElement, key: string, more = {}) =>
      target.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true, ...more }),
      ),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

test("a strip greets Python once and draws the jobs that it was made with in every place", () => {
  const { sent, places } = start(every.mixed, 2);
  expect(sent("hello")).toHaveLength(1);
  for (const { el } of places) expect(el.querySelectorAll(".vgn-tile")).toHaveLength(every.mixed.items.length);
});

test("each thumbnail says prompt, model and status, and shows a poster, a state or an ending", () => {
  const { thumbs, all } = start(every.mixed);
  const label = `${of.running.prompt}, veo-3-1-fast, running`;
  expect(thumbs()[0]?.getAttribute("aria-label")).toBe(label);
  expect(all(".vgn-tick")[0]?.getAttribute("aria-label")).toBe(`Compare: ${label}`);
  const state = (n: number) => thumbs()[n]?.querySelector(".vgn-state")?.textContent;
  expect([0, 1, 2, 3, 4, 6, 7].map(state)).toEqual([
    "Generating 42 %",
    "Queued · 2nd in line",
    "Downloading 1.2 of 3.0 MB",
    "",
    "Failed",
    "Unclear",
    "Cancelled",
  ]);
  expect(thumbs()[3]?.querySelector("img")?.getAttribute("src")).toBe("/poster0.jpg");
  expect(thumbs()[4]?.querySelector(".vgn-reason")?.textContent).toBe(of.failed.error?.summary);
  expect(thumbs()[4]?.getAttribute("aria-description")).toBe(of.failed.error?.summary);
  expect(all("video")).toHaveLength(0);
});

test("progress moves its own thumbnail only, and a job that is not shown changes nothing", () => {
  const { model, thumbs, all } = start(every.running);
  const before = thumbs();
  model.receive({ kind: "item", item: item("run", of.running, { progress: 0.5 }) });
  model.receive({ kind: "item", item: item("elsewhere", of.running) });
  expect(thumbs()).toEqual(before);
  expect(before[0]?.querySelector(".vgn-state")?.textContent).toBe("Generating 50 %");
  expect(all(".vgn-thumb .vgn-fill")[0]?.style.transform).toBe("scaleX(0.4800)");
});

test("a new job comes first and leaves the others, and the focus among them, in place", () => {
  const { model, thumb, thumbs, find } = start(every.finished);
  thumb(2).focus();
  const [focused, before] = [thumb(2), thumbs()];
  const moves = vi.spyOn(find("tiles") as HTMLElement, "insertBefore");
  model.set("history", { ...every.finished, items: [item("new", of.failed), ...every.finished.items] });
  expect(thumbs().slice(1)).toEqual(before);
  // A browser takes the focus from a node that is moved.
  expect(moves).toHaveBeenCalledOnce();
  expect(document.activeElement).toBe(focused);
  expect(focused.tabIndex).toBe(0);
});

test("one job just asked for is shown large by itself, several or older ones are not, nor after one was closed", () => {
  const fresh = (id: string) => item(id, of.queued, { elapsed: 0.2 });
  const { model, find, press, thumb } = start(every.finished);
  const show = (...items: object[]) =>
    model.set("history", { ...every.finished, items: [...items, ...every.finished.items] });
  show(item("old", of.running));
  show(fresh("a"), fresh("b"));
  expect(find("large")?.hidden).toBe(true);
  show(fresh("c"));
  expect(find("large")?.hidden).toBe(false);
  expect(find("words")?.textContent).toBe("Queued · 2nd in line");
  press(thumb(0), "Escape");
  show(fresh("d"));
  expect(find("large")?.hidden).toBe(true);
});

test("the next job takes the place of one that came by itself, not of one that was chosen", () => {
  const fresh = (id: string) => item(id, of.queued, { elapsed: 0.2 });
  const { model, thumb, sent } = start(every.finished);
  const show = (...ids: string[]) =>
    model.set("history", { ...every.finished, items: [...ids.map(fresh), ...every.finished.items] });
  show("a");
  show("b", "a");
  thumb(1).click();
  show("c", "b", "a");
  expect(sent("enlarge").map(({ id }: { id: string }) => id)).toEqual(["a", "b", "a"]);
});

test("a press enlarges a job, asks once for its clips and plays them when they come; a second press closes it", () => {
  const { model, thumb, find, el, sent, clip, button } = start(every.finished);
  thumb(0).click();
  expect(sent("want")).toEqual([{ kind: "want", id: FIRST }]);
  expect(button("Download")).toBeUndefined();
  clip(FIRST);
  model.receive({ kind: "item", item: every.finished.items[0] });
  const video = el.querySelector("video");
  expect(video?.getAttribute("src")).toMatch(/^blob:/);
  expect([video?.autoplay, video?.paused]).toEqual([false, true]);
  const link = el.querySelector("a");
  expect(link?.getAttribute("href")).toBe(video?.getAttribute("src"));
  expect(link?.download).toBe("clip-0.mp4");
  expect(thumb(0).getAttribute("aria-current")).toBe("true");
  expect(sent("want")).toHaveLength(1);
  thumb(0).click();
  expect(find("large")?.hidden).toBe(true);
  expect(el.querySelector("video")).toBeNull();
});

test("Python hears what is enlarged, whatever its state, once, and not of what only changes", () => {
  const { model, thumb, sent } = start(every.mixed);
  thumb(4).click();
  thumb(0).click();
  model.receive({ kind: "item", item: item("run", of.running, { progress: 0.5 }) });
  model.set("history", { ...every.mixed, query: "nothing", items: [] });
  const ids = sent("enlarge").map(({ id }: { id: string }) => id);
  expect(ids.slice(-2)).toEqual([every.mixed.items[4]?.job.id, every.mixed.items[0]?.job.id]);
});

test("a clip that cannot be had says why", () => {
  const { model, thumb, all } = start(every.finished);
  thumb(0).click();
  model.receive({ kind: "noclip", id: FIRST, why: "The file is gone." });
  expect(all(".vgn-large > .vgn-notice")[0]?.textContent).toBe("The file is gone.");
});

test("the page keeps eight clips, lets the longest unused go, asks for them again, and ends with none", () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const { stop, thumb, clip, sent, thumbs } = start(every.finished);
  for (const n of thumbs().keys()) {
    if (n > 8) break;
    thumb(n).click();
    clip(`done-${n}`);
    if (n === 1) thumb(0).click();
  }
  expect(revoke).toHaveBeenCalledTimes(1);
  thumb(0).click();
  expect(sent("want").filter(({ id }: { id: string }) => id === FIRST)).toHaveLength(1);
  thumb(1).click();
  expect(sent("want").filter(({ id }: { id: string }) => id === "done-1")).toHaveLength(2);
  stop();
  expect(revoke).toHaveBeenCalledTimes(9);
});

test("what one place shows large stays while another place is looked through", () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const { places, thumb, thumbs, clip, el } = start(every.finished, 2);
  thumb(0).click();
  clip(FIRST);
  const others = [...(places[1]?.el.querySelectorAll<HTMLElement>(".vgn-thumb") ?? [])];
  for (const n of thumbs().keys()) {
    if (n === 0) continue;
    others[n]?.click();
    clip(`done-${n}`);
  }
  expect(revoke).toHaveBeenCalledTimes(3);
  expect(revoke).not.toHaveBeenCalledWith(el.querySelector("video")?.getAttribute("src"));
});

test("the clips of a job that is shown large stay, however many they are", () => {
  const videos = Array.from({ length: 10 }, (_, n) => ({ src: null, poster: null, path: `${n}.mp4` }));
  const { thumb, clip, all } = start({ items: [item("ten", of.player, { videos })], query: "", more: false });
  thumb(0).click();
  for (const n of videos.keys()) clip("ten", n);
  expect(all("video").filter((video) => video.getAttribute("src")?.startsWith("blob:"))).toHaveLength(10);
  expect(all("a").map((link) => link.textContent)).toEqual(videos.map((_, n) => `Download ${n + 1}`));
});

test("what can be done with the large one reaches Python with its id", () => {
  const { model, thumb, button, sent } = start(every.mixed);
  thumb(4).click();
  button("Reuse")?.click();
  button("Retry")?.click();
  thumb(0).click();
  button("Cancel")?.click();
  button("Yes, cancel")?.click();
  expect(["reuse", "retry", "cancel"].map((kind) => sent(kind)[0])).toEqual([
    { kind: "reuse", id: "fail" },
    { kind: "retry", id: "fail" },
    { kind: "cancel", id: "run" },
  ]);
  expect(model.saved).toBe(0);
});

test("a cell and Python are copied; where the clipboard is closed the text is shown, selected", async () => {
  const writeText = vi.fn(async () => {});
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  const { thumb, button, find, el } = start(every.finished);
  thumb(0).click();
  button("Copy as cell")?.click();
  await vi.waitFor(() => expect(button("Copied")).toBeDefined());
  expect(writeText).toHaveBeenCalledWith(every.finished.items[0]?.cell);
  expect(find("copybox")?.hidden).toBe(true);
  vi.advanceTimersByTime(2000);
  expect(button("Copy as cell")).toBeDefined();

  vi.stubGlobal("navigator", {});
  button("Copy as Python")?.click();
  await vi.waitFor(() => expect(find("copybox")?.hidden).toBe(false));
  const area = el.querySelector("textarea") as HTMLTextAreaElement;
  expect(area.value).toBe(every.finished.items[0]?.python);
  expect([area.selectionStart, area.selectionEnd]).toEqual([0, area.value.length]);
  expect(button("Copied")).toBeUndefined();
});

test("the search is sent when the typing pauses, and what is typed survives an answer to an older search", () => {
  const { model, find, sent } = start(every.finished);
  const search = find("search") as HTMLInputElement;
  const type = (value: string) => {
    search.value = value;
    search.dispatchEvent(new Event("input"));
  };
  type("o");
  vi.advanceTimersByTime(199);
  type("owl ");
  vi.advanceTimersByTime(199);
  expect(sent("search")).toEqual([]);
  model.set("history", { ...every.finished, query: "o" });
  expect(search.value).toBe("owl ");
  vi.advanceTimersByTime(1);
  expect(sent("search")).toEqual([{ kind: "search", query: "owl" }]);
  model.set("history", { items: [], query: "owl", more: false });
  expect(find("empty")?.textContent).toBe("No video matches “owl”.");
});

test("an empty strip says what to do", () => {
  const { find } = start(every.empty);
  expect(find("empty")?.textContent).toContain("press Generate");
  expect(find("tiles")?.hidden).toBe(true);
});

test("jobs are ticked by box, by Space and by a click with a modifier, in ranges with Shift, and compared in that order", () => {
  const { thumb, all, press, button, sent, find } = start(every.finished);
  const click = (n: number, modifier: string) =>
    thumb(n).dispatchEvent(new MouseEvent("click", { bubbles: true, [modifier]: true }));
  (all(".vgn-tick")[4] as HTMLInputElement).click();
  expect(find("compare")?.getAttribute("aria-disabled")).toBe("true");
  find("compare")?.click();
  press(thumb(1), " ");
  click(8, "metaKey");
  click(7, "ctrlKey");
  click(5, "shiftKey");
  expect(find("large")?.hidden).toBe(true);
  button("Compare 6")?.click();
  expect(sent("compare")).toEqual([{ kind: "compare", ids: [4, 1, 8, 7, 5, 6].map((n) => `done-${n}`) }]);
  press(thumb(1), " ");
  expect(button("Compare 5")).toBeDefined();
  button("Clear")?.click();
  expect(all(".vgn-ticked")).toHaveLength(0);
  expect((all(".vgn-tick") as HTMLInputElement[]).some(({ checked }) => checked)).toBe(false);
});

test("what was ticked stays ticked while another search is shown", () => {
  const { model, thumb, press, button, sent } = start(every.finished);
  press(thumb(0), " ");
  model.set("history", { ...every.finished, items: every.finished.items.slice(3), query: "owl" });
  press(thumb(0), " ");
  button("Compare 2")?.click();
  expect(sent("compare")).toEqual([{ kind: "compare", ids: [FIRST, "done-3"] }]);
});

test("the strip is one stop of the keyboard, arrows move within it, and plain keys do not reach the notebook", () => {
  const { thumb, thumbs, press } = start(every.finished);
  const reachable = () => thumbs().flatMap(({ tabIndex }, n) => (tabIndex === 0 ? [n] : []));
  const outside = vi.fn();
  document.body.addEventListener("keydown", outside, { once: true });
  expect(reachable()).toEqual([0]);
  thumb(0).focus();
  press(thumb(0), "ArrowRight");
  press(thumb(1), "ArrowRight");
  expect([document.activeElement, ...reachable()]).toEqual([thumb(2), 2]);
  press(thumb(2), "End");
  press(thumb(10), "ArrowRight");
  expect(document.activeElement).toBe(thumb(10));
  press(thumb(10), "Home");
  expect([document.activeElement, ...reachable()]).toEqual([thumb(0), 0]);
  expect(outside).not.toHaveBeenCalled();
  press(thumb(0), "s", { ctrlKey: true });
  expect(outside).toHaveBeenCalledOnce();
});

test.each([
  ["ArrowDown", 1, 5],
  ["ArrowUp", 5, 1],
  ["ArrowUp", 1, 1],
  ["ArrowDown", 8, 8],
  ["ArrowLeft", 0, 0],
  ["End", 0, 9],
  ["x", 3, null],
])("%s from the thumbnail %i of ten in rows of four leads to %o", (key, from, to) => {
  expect(moved(key, from, 10, 4)).toBe(to);
});

test("older ones are asked for once until they come", () => {
  const { model, button, sent, find } = start(every.finished);
  button("Older")?.click();
  find("older")?.click();
  expect(sent("more")).toHaveLength(1);
  model.set("history", { ...every.finished, more: false });
  expect(find("older")?.hidden).toBe(true);
});

test("text from elsewhere stays text", () => {
  const { el, thumbs, all } = start(every.odd);
  thumbs()[3]?.click();
  expect(el.querySelectorAll("script, img[src=x]")).toHaveLength(0);
  expect(all(".vgn-tile-prompt")[3]?.textContent).toBe("<img src=x onerror=alert(1)>");
});

test("a strip that is gone hears nothing more", () => {
  const { model, places, stop, control, press } = start(every.finished);
  places[0]?.remove();
  stop();
  press(control, "a");
  expect(model.listening()).toBe(0);
  expect(model.sent).toEqual([{ kind: "hello" }]);
  expect(vi.getTimerCount()).toBe(0);
});
