import { expect, test, vi } from "vitest";
import { hydrate } from "../../src/grid/hydrate";
import { every, FakeScreen, useFakeScreen } from "../harness/gridparts.js";

/** What Python writes into a notebook. */
function page(grid = every["3x3-running"], failed = [4, 5, 6, 7, 8]) {
  const root = document.body.appendChild(document.createElement("div"));
  root.className = "videogen-grid";
  const cells = grid.cells.map((_: unknown, place: number) =>
    failed.includes(place)
      ? '<div class="videogen-cell">Failed</div>'
      : `<div class="videogen-cell"><video controls loop muted playsinline preload="none" src="videogen/${place}.mp4" poster="data:image/jpeg;base64,AA"></video></div>`,
  );
  root.innerHTML = `<h3>Plain</h3><div>${cells.join("")}</div><script type="application/json"></script>`;
  (root.lastElementChild as HTMLElement).textContent = JSON.stringify(grid);
  return root;
}

useFakeScreen();

test("the grid plays the very players of the page, so an address that is rewritten later still counts", () => {
  const root = page();
  const players = [...root.querySelectorAll("video")];
  hydrate(root, ".vgn-grid {}");
  expect([...root.querySelectorAll(".vgn-grid .vgn-cell video")]).toEqual(players);
  players[0]?.setAttribute("src", "/files/videogen/0.mp4?_xsrf=1");
  FakeScreen.show([0, 1]);
  expect(players[0]?.getAttribute("src")).toBe("/files/videogen/0.mp4?_xsrf=1");
  expect(players.map(({ controls, loop, preload }) => [controls, loop, preload])).toEqual([
    [false, false, "auto"],
    [false, false, "auto"],
    [false, false, "none"],
    [false, false, "none"],
  ]);
  expect(root.querySelector("h3, .videogen-cell")).toBeNull();
});

test("run twice it does nothing more, and two grids of a page keep apart", () => {
  const roots = [page(), page(every["2x2"], [])];
  for (const root of [...roots, ...roots]) hydrate(root, "");
  expect(roots.map((root) => root.querySelectorAll(".vgn-grid").length)).toEqual([1, 1]);
  expect(roots.map((root) => root.querySelectorAll("video").length)).toEqual([4, 4]);
});

test("without a kernel there is nothing to cancel, to retry or to keep", () => {
  const grid = structuredClone(every["3x3-running"]);
  for (const cell of grid.cells) Object.assign(cell.job, { can_cancel: false, can_retry: false });
  const root = page(grid);
  hydrate(root, "");
  const shown = [...root.querySelectorAll<HTMLElement>(".vgn-ask")].filter(({ hidden }) => !hidden);
  expect(shown).toEqual([]);
});

test("picks are kept by the page, shown again, and copied as a line of Python", async () => {
  const root = page(every["1x6"], []);
  hydrate(root, "");
  const view = root.querySelector(".vgn-grid") as HTMLElement;
  const type = (key: string, code = "") =>
    view.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true }));
  const copy = () => [...root.querySelectorAll("button")].find(({ textContent }) => textContent === "Copy picks");
  expect(copy()?.hidden).toBe(true);
  type("2", "Digit2");
  type("f");
  type("c");
  const again = page(every["1x6"], []);
  hydrate(again, "");
  expect(again.querySelector(".vgn-won .vgn-number")?.textContent).toBe("2");

  const line = 'videogen_nb.picks("g7k2", winner="job2", favourites=["job2"])';
  const write = vi.fn(async (_text: string) => {});
  vi.stubGlobal("navigator", { clipboard: { writeText: write } });
  copy()?.click();
  expect(write).toHaveBeenCalledWith(line);
  vi.stubGlobal("navigator", {});
  await vi.waitFor(() => {
    const button = [...root.querySelectorAll("button")].find(({ textContent }) => textContent === "Copied");
    expect(button).toBeTruthy();
    button?.click();
  });
  const box = root.querySelector(".vgn-copy") as HTMLInputElement;
  await vi.waitFor(() => expect(box.hidden).toBe(false));
  expect(box.value).toBe(line);
});

test("a clip that is not in the page says where it is", () => {
  const root = page(every["2x2"], [1]);
  hydrate(root, "");
  const messages = [...root.querySelectorAll(".vgn-message")].map(({ textContent }) => textContent);
  expect(messages[1]).toBe("The clip is saved as videogen/a-paper-boat-2.mp4");
});

test("a clip whose file has gone is said to be in its place, by the grid and not by the page's own handler", () => {
  const root = page(every["2x2"], []);
  for (const video of root.querySelectorAll("video")) video.setAttribute("onerror", "this.remove()");
  hydrate(root, "");
  const [video] = root.querySelectorAll("video");
  expect(video?.hasAttribute("onerror")).toBe(false);
  video?.dispatchEvent(new Event("error"));
  const messages = [...root.querySelectorAll<HTMLElement>(".vgn-message")].filter(({ hidden }) => !hidden);
  expect(messages.map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/\.mp4 is not there, moved or deleted, or cannot be played\. %videogen jobs finds/),
  ]);
});
