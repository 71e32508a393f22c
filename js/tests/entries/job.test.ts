import { afterEach, beforeEach, expect, test, vi } from "vitest";
import job from "../../src/entries/job";
import { fakeModel } from "../harness/model.js";
import { running, states } from "../harness/states.js";

const every = states("/files/clip.mp4", "/files/poster.jpg");
const bytes = () => [new DataView(new Uint8Array([0, 1, 2]).buffer)];
const clip = (index = 0) => ({ kind: "clip", index, media_type: "video/mp4" });

/** The widget as anywidget runs it: initialised once, rendered into `views` places. */
function start(view: unknown, views = 1) {
  const model = fakeModel(view);
  const widget = job();
  // biome-ignore lint/suspicious/noExplicitAny: anywidget hands over more than a job uses
  const props = { model } as any;
  const stop = widget.initialize(props) as () => void;
  const places = Array.from({ length: views }, () => {
    const el = document.body.appendChild(document.createElement("div"));
    const remove = widget.render({ ...props, el }) as () => void;
    return { el, remove };
  });
  const el = places[0]?.el ?? document.createElement("div");
  return {
    model,
    stop,
    places,
    el,
    find: (name: string) => el.querySelector<HTMLElement>(`.vgn-${name}`),
    video: () => el.querySelector("video"),
    tell: (next: object) => model.receive({ kind: "view", view: next }),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

test("a widget greets Python once, however often it is shown, and draws the view it was made with", () => {
  const { model, places, find } = start(running, 2);
  expect(model.sent).toEqual([{ kind: "hello" }]);
  expect(places.map(({ el }) => el.querySelector(".vgn-words")?.textContent)).toEqual(Array(2).fill("Generating 42 %"));
  expect(find("prompt")?.textContent).toBe(running.prompt);
  expect(find("facts")?.textContent?.replaceAll("\u00a0", " ")).toBe(
    "veo-3-1-fast · local · 4 s · 1280 × 720 · seed 7",
  );
});

test("views by message and by trait are drawn in every place; unknown messages change nothing", () => {
  const { model, places, tell } = start(running, 2);
  const words = () => places.map(({ el }) => el.querySelector(".vgn-words")?.textContent);
  tell({ ...running, progress: 0.5 });
  expect(words()).toEqual(["Generating 50 %", "Generating 50 %"]);
  model.set("view", { ...running, progress: 0.6 });
  expect(words()).toEqual(["Generating 60 %", "Generating 60 %"]);
  for (const junk of [null, 7, {}, { kind: "dance" }, { kind: "clip", index: "0" }, { kind: "clip", index: 0 }]) {
    model.receive(junk);
  }
  expect(words()).toEqual(["Generating 60 %", "Generating 60 %"]);
});

test("what Python sends is text, whatever it looks like", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const { el, tell } = start({ ...running, prompt: evil, model: evil, facts: [evil], badge: evil, notice: evil });
  tell({ ...every.failed, prompt: evil, error: { summary: evil, charged: evil, next: evil }, retry_label: evil });
  tell({ ...every.player, prompt: evil, videos: [{ src: "javascript:alert(1)", poster: `">${evil}`, path: evil }] });
  expect(el.querySelectorAll("img, script")).toHaveLength(0);
  expect(el.querySelector("video")?.hasAttribute("src")).toBe(false);
});

test("the stage keeps its box and its place when progress becomes a player", () => {
  const { el, find, tell } = start(running);
  const stage = find("stage");
  const box = find("stages")?.getAttribute("style");
  tell(every.served);
  expect(find("stage")).toBe(stage);
  expect(find("stages")?.getAttribute("style")).toBe(box);
  expect(find("progress")).toBeNull();
  expect(find("badge")?.textContent).toBe("local preview");
  expect(find("notice")?.textContent).toBe("Asked for 5 s, got 4 s");
  const video = el.querySelector("video") as HTMLVideoElement;
  expect(video.getAttribute("src")).toBe("/files/clip.mp4");
  expect(video.getAttribute("poster")).toBe("/files/poster.jpg");
  expect([video.controls, video.loop, video.preload]).toEqual([true, true, "metadata"]);
});

test("a clip sent as bytes becomes one blob URL for all places, kept while the same view comes again", () => {
  const create = vi.spyOn(URL, "createObjectURL");
  const { model, places, tell } = start(every.loading, 2);
  const sources = () => places.map(({ el }) => el.querySelector("video")?.getAttribute("src"));
  expect(sources()).toEqual([null, null]);
  model.receive(clip(), bytes());
  const [url] = sources();
  expect(url).toMatch(/^blob:/);
  const video = places[0]?.el.querySelector("video");
  model.receive(clip(), bytes());
  tell(every.loading);
  expect(sources()).toEqual([url, url]);
  expect(places[0]?.el.querySelector("video")).toBe(video);
  expect(create).toHaveBeenCalledOnce();
});

test("a clip that arrives before its view is played when the view comes", () => {
  const { model, video, tell } = start(running);
  model.receive(clip(), bytes());
  tell({ ...running, phase: "downloading" });
  tell(every.loading);
  expect(video()?.getAttribute("src")).toMatch(/^blob:/);
});

test("blob URLs are freed when the widget goes, and when a retry starts another clip", () => {
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const { model, stop, video, tell } = start(every.two);
  model.receive(clip(0), bytes());
  const first = video()?.getAttribute("src");
  tell({ ...running, id: "job-2" });
  expect(revoke.mock.calls).toEqual([[first]]);
  tell({ ...every.two, id: "job-2" });
  expect(video()?.hasAttribute("src")).toBe(false);
  model.receive(clip(0), bytes());
  model.receive(clip(1), bytes());
  stop();
  expect(revoke).toHaveBeenCalledTimes(3);
  expect(model.listening()).toBe(0);
});

test("a removed view stops drawing and ticking while the others go on", () => {
  const { places, tell } = start(running, 2);
  const [first, second] = places;
  first?.remove();
  tell({ ...running, progress: 0.9 });
  expect(first?.el.childElementCount).toBe(0);
  expect(second?.el.querySelector(".vgn-words")?.textContent).toBe("Generating 90 %");
  second?.remove();
  expect(vi.getTimerCount()).toBe(0);
});

test("elapsed ticks on by itself while work runs, and nothing ticks after the end", () => {
  const { find, tell } = start({ ...running, elapsed: 42, remaining: 58 });
  vi.advanceTimersByTime(30_000);
  expect([find("elapsed")?.textContent, find("left")?.textContent]).toEqual(["1:12", "about 30 s left"]);
  vi.advanceTimersByTime(31_000);
  expect(find("left")?.textContent).toBe("waiting for the kernel");
  tell(every.failed);
  expect(vi.getTimerCount()).toBe(0);
});

test("each video has its own stage, and none is left over afterwards", () => {
  const { el, tell } = start(every.two);
  expect(el.querySelectorAll(".vgn-stage video")).toHaveLength(2);
  tell({ ...running, id: "job-2" });
  expect(el.querySelectorAll(".vgn-stage")).toHaveLength(1);
  expect(el.querySelectorAll("video")).toHaveLength(0);
  expect(el.querySelectorAll(".vgn-progress")).toHaveLength(1);
});

test("a clip that cannot be played says so and names its file", () => {
  const { find, video, tell } = start(every.broken);
  video()?.dispatchEvent(new Event("error"));
  expect(find("message")?.textContent).toBe(
    "a-paper-boat.mp4 is not there, moved or deleted, or cannot be played. %videogen jobs finds where clips are.",
  );
  expect(video()?.controls).toBe(false);
  tell(every.served);
  expect(find("message")?.textContent).toBe("");
  expect(video()?.controls).toBe(true);
  tell({ ...every.broken, videos: [{ ...every.broken.videos[0], src: "data:video/mp4;base64,AA" }] });
  video()?.dispatchEvent(new Event("error"));
  expect(find("message")?.textContent).toBe("This page cannot play the clip. It is saved as videogen/a-paper-boat.mp4");
});

test("a clip that Python cannot send says why in the place of its player, until it comes after all", () => {
  const { find, video, model } = start({ ...every.broken, videos: [{ src: null, poster: null, path: "boat.mp4" }] });
  expect(find("message")?.textContent).toBe("Loading the clip…");
  model.receive({ kind: "noclip", index: 0, why: "It is gone. %videogen jobs finds it." });
  expect(find("message")?.textContent).toBe("It is gone. %videogen jobs finds it.");
  expect(video()?.controls).toBe(false);
  model.receive(clip(), bytes());
  expect(find("message")?.textContent).toBe("");
  expect(video()?.controls).toBe(true);
});

const button = (el: HTMLElement, name: string) => el.querySelector(`.vgn-${name} button`) as HTMLButtonElement;
const press = (target: HTMLElement, detail = 1) => target.dispatchEvent(new MouseEvent("click", { detail }));
const sent = (model: { sent: object[] }) => model.sent.slice(1);

test("Cancel tells what it does, and only its second click cancels, once", () => {
  const { el, model, find, tell } = start(every.queued);
  const cancel = button(el, "cancel");
  expect(cancel.getAttribute("aria-description")).toBe(running.cancel_note);
  press(cancel);
  expect([cancel.textContent, find("note")?.textContent]).toEqual(["Yes, cancel", running.cancel_note]);
  expect(sent(model)).toEqual([]);
  press(cancel, 2);
  expect(sent(model)).toEqual([]);
  press(cancel);
  press(cancel);
  tell({ ...running, progress: 0.5 });
  expect(sent(model)).toEqual([{ kind: "cancel" }]);
  expect([cancel.textContent, cancel.getAttribute("aria-disabled")]).toEqual(["Cancelling…", "true"]);
  tell(every.cancelled);
  expect(find("heading")?.textContent).toBe("Cancelled");
  expect(find("cancel")).toBeNull();
});

test("a Cancel that is not confirmed within five seconds is forgotten", () => {
  const { el, model } = start(running);
  const cancel = button(el, "cancel");
  press(cancel);
  vi.advanceTimersByTime(5000);
  expect(cancel.textContent).toBe("Cancel");
  press(cancel);
  expect(sent(model)).toEqual([]);
});

test("Cancel without a caveat acts at once, and is hidden where nothing can be cancelled", () => {
  const plain = start({ ...running, cancel_note: null });
  press(button(plain.el, "cancel"));
  expect(sent(plain.model)).toEqual([{ kind: "cancel" }]);
  expect(start({ ...running, can_cancel: false }).find("cancel")?.hidden).toBe(true);
});

test("Retry of a failed job acts at once; the button is ready again when that one fails too", () => {
  const { el, model, find, tell } = start(every.failed);
  expect(["summary", "charged", "next"].map((name) => find(name)?.textContent)).toEqual(
    Object.values(every.failed.error),
  );
  press(button(el, "retry"));
  expect(sent(model)).toEqual([{ kind: "retry" }]);
  tell({ ...running, id: "job-2" });
  tell({ ...every.failed, id: "job-2" });
  expect(button(el, "retry").textContent).toBe("Retry");
  press(button(el, "retry"));
  expect(sent(model)).toEqual([{ kind: "retry" }, { kind: "retry" }]);
});

test("an uncertain job is submitted again only by a second click", () => {
  const { el, model } = start(every.uncertain);
  const again = button(el, "retry");
  expect(again.textContent).toBe("Submit again (may be charged twice)");
  press(again);
  expect(again.textContent).toBe("Yes, submit again");
  expect(sent(model)).toEqual([]);
  press(again);
  expect(sent(model)).toEqual([{ kind: "retry" }]);
});

test("a screen reader hears of a new state and not of every per cent", () => {
  const { find, tell } = start({ ...running, phase: "queued", position: 3 });
  const live = find("live") as HTMLElement;
  const heard: (string | null)[] = [live.textContent];
  const views = [{ ...running, phase: "queued", position: 1 }, running, { ...running, progress: 0.8 }, every.failed];
  for (const view of views) {
    tell(view);
    if (live.textContent !== heard.at(-1)) heard.push(live.textContent);
  }
  expect(live.getAttribute("aria-live")).toBe("polite");
  expect(heard).toEqual(["Queued", "Generating…", `Failed: ${every.failed.error.summary}`]);
});

test("commands in an error or a notice are set as code, and nothing else is", () => {
  const failed = { ...running, status: "failed", phase: "ended", progress: null };
  const error = { summary: "a lone ` stays", charged: "", next: "`%videogen retry x` submits it; `<b>` is no tag" };
  const { find, tell } = start({ ...failed, error });
  const next = find("next");
  expect(next?.textContent).toBe("%videogen retry x submits it; <b> is no tag");
  expect([...(next?.children ?? [])].map((each) => each.outerHTML)).toEqual([
    '<code class="vgn-code">%videogen retry x</code>',
    '<code class="vgn-code">&lt;b&gt;</code>',
  ]);
  expect(find("summary")?.textContent).toBe("a lone ` stays");
  const first = next?.firstElementChild;
  tell({ ...failed, error, remaining: 1 });
  expect(find("next")?.firstElementChild).toBe(first);
  tell({ ...failed, error: { ...error, next: "" } });
  expect(find("next")?.hidden).toBe(true);
});
