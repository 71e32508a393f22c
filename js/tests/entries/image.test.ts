import { afterEach, expect, test, vi } from "vitest";
import imageWidget from "../../src/entries/image";
import { images } from "../harness/histories.js";
import { fakeModel } from "../harness/model.js";

const views = images("data:image/png;base64,AA");
const png = (size = 3, name = "boat.png", type = "image/png") => new File([new Uint8Array(size)], name, { type });

function start(view: unknown) {
  const model = fakeModel();
  model.set("image", view);
  const given: [unknown, unknown, ArrayBuffer[] | undefined][] = [];
  model.send = (...message: unknown[]) => given.push(message as (typeof given)[0]);
  const panel = document.body.appendChild(document.createElement("div"));
  panel.className = "vgn-panel";
  const [beside, el] = [document.createElement("div"), document.createElement("div")];
  // biome-ignore lint/suspicious/noExplicitAny: anywidget hands over more than the field uses
  const remove = imageWidget().render({ model, el } as any) as () => void;
  panel.append(beside, el);
  const find = (selector: string) => el.querySelector<HTMLElement>(selector) as HTMLElement;
  const fire = (kind: string, extra: object, target = find(".vgn-drop")) => {
    const event = Object.assign(new Event(kind, { bubbles: true, cancelable: true, composed: true }), extra);
    target.dispatchEvent(event);
    return event;
  };
  const drag = (kind: string, files: File[] = [], target?: HTMLElement) =>
    fire(kind, { dataTransfer: { types: ["Files"], files } }, target);
  return {
    model,
    el,
    given,
    remove,
    find,
    fire,
    drag,
    beside,
    drop: (...files: File[]) => drag("drop", files),
    error: () => find(".vgn-field-error").textContent,
    until: (check: () => void) => vi.waitFor(check),
  };
}

afterEach(() => {
  document.body.replaceChildren();
});

test("an empty field says what it takes, a filled one shows name, size and thumbnail", () => {
  const { model, find, el } = start(views.none);
  expect(find(".vgn-drop").textContent).toBe("Drop, paste or choose an image");
  expect(find(".vgn-image-clear").hidden).toBe(true);
  model.set("image", views.boat);
  expect(find(".vgn-image-name").textContent).toBe("boat-at-dusk.png");
  expect(find(".vgn-image-size").textContent).toBe("1920 × 1080 pixels");
  expect(el.querySelector("img")?.getAttribute("src")).toBe("data:image/png;base64,AA");
  model.set("image", views.none);
  expect(find(".vgn-image-thumb").hidden).toBe(true);
});

test.each(["drop", "paste", "change"])("a picture that comes by %s is given with its name and bytes", async (way) => {
  const { find, fire, drop, given, until } = start(views.none);
  if (way === "drop") expect(drop(png()).defaultPrevented).toBe(true);
  if (way === "paste") expect(fire("paste", { clipboardData: { files: [png()] } }).defaultPrevented).toBe(true);
  if (way === "change") {
    const input = find("input") as HTMLInputElement;
    Object.defineProperty(input, "files", { value: [png()] });
    input.dispatchEvent(new Event("change"));
  }
  await until(() => expect(given).toHaveLength(1));
  expect(given[0]?.[0]).toEqual({ kind: "give", name: "boat.png" });
  expect(given[0]?.[2]?.[0]?.byteLength).toBe(3);
});

test("text that is pasted stays with the page", () => {
  expect(start(views.none).fire("paste", { clipboardData: { files: [] } }).defaultPrevented).toBe(false);
});

test("what is no picture, or more than 20 MB, is refused beside the field and not sent", async () => {
  const { drop, given, error, until, model } = start(views.boat);
  drop(png(3, "notes.pdf", "application/pdf"));
  expect(error()).toBe("notes.pdf is not an image.");
  drop(png(20_100_000, "huge.png"));
  expect(error()).toBe("huge.png has 20.1 MB; the limit is 20 MB.");
  drop(png(20_000_000));
  await until(() => expect(given).toHaveLength(1));
  expect(error()).toBe("");
  model.set("image", views.refused);
  expect(error()).toBe(views.refused.error);
});

test("the picture is removed by its button and by Delete, and the focus stays in the field", () => {
  const { find, fire, given } = start(views.boat);
  find(".vgn-image-clear").click();
  fire("keydown", { key: "Delete" });
  expect(given.map(([content]) => content)).toEqual([{ kind: "clear" }, { kind: "clear" }]);
  expect(document.activeElement).toBe(find(".vgn-drop"));
});

test("an empty field has nothing to remove", () => {
  const { fire, given } = start(views.none);
  fire("keydown", { key: "Backspace" });
  expect(given).toEqual([]);
});

test("a file held over the panel lights the field up, dropped beside the field it is taken too, and no one else sees it", async () => {
  const { el, drag, beside, given, until } = start(views.none);
  const outside = vi.fn();
  beside.addEventListener("drop", outside);
  const over = () => el.querySelector(".vgn-over") !== null;
  drag("dragenter", [], beside);
  drag("dragenter");
  drag("dragleave", [], beside);
  expect(over()).toBe(true);
  expect(drag("dragover").defaultPrevented).toBe(true);
  drag("dragleave");
  expect(over()).toBe(false);
  drag("dragenter");
  expect(drag("drop", [png()], beside).defaultPrevented).toBe(true);
  expect(over()).toBe(false);
  await until(() => expect(given).toHaveLength(1));
  expect(outside).not.toHaveBeenCalled();
});

test("text that is dragged, and files that are dropped elsewhere, are left alone", () => {
  const { fire, drag, given } = start(views.none);
  expect(fire("drop", { dataTransfer: { types: ["text/plain"], files: [] } }).defaultPrevented).toBe(false);
  expect(drag("drop", [png()], document.body).defaultPrevented).toBe(false);
  expect(given).toEqual([]);
});

test("a field that is not shown, for a model without pictures, takes none but still keeps the browser from it", () => {
  const { el, drop, given } = start(views.none);
  (el.firstElementChild as HTMLElement).checkVisibility = () => false;
  expect(drop(png()).defaultPrevented).toBe(true);
  expect(given).toEqual([]);
});

test("names are text, and a thumbnail is an image or nothing", () => {
  const evil = "<img src=x onerror=alert(1)>";
  const { el } = start({ ...views.boat, name: evil, error: evil, thumb: "javascript:alert(1)" });
  expect(el.querySelectorAll("[onerror], img[src]")).toHaveLength(0);
});

test("a field that is gone hears nothing more", () => {
  const { model, remove, el, drag } = start(views.boat);
  remove();
  expect(model.listening()).toBe(0);
  expect(el.childElementCount).toBe(0);
  expect(drag("drop", [png()], el).defaultPrevented).toBe(false);
});
