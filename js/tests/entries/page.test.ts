import { expect, test, vi } from "vitest";
import { show } from "../../src/entries/page";
import { endingText } from "../../src/job/ending";
import { embeddedClips } from "../../src/page/embedded_clips";
import { every, useFakeScreen } from "../harness/gridparts.js";

const BYTES = new Uint8Array([0, 1, 2, 250, 251, 252, 253, 254, 255, 7]);

function part(key: string, bytes: Uint8Array): HTMLScriptElement {
  const script = document.createElement("script");
  script.type = "text/plain";
  script.className = "videogen-part";
  Object.assign(script.dataset, { key, type: "video/mp4" });
  script.textContent = btoa(String.fromCharCode(...bytes));
  return document.body.appendChild(script);
}

async function clips(page: ParentNode) {
  const found: [string, string, number[]][] = [];
  for await (const [key, clip] of embeddedClips(page)) {
    found.push([key, clip.type, [...new Uint8Array(await clip.arrayBuffer())]]);
  }
  return found;
}

useFakeScreen();

test("the parts of a clip become its bytes, in order, and their text is let go", async () => {
  part("job1", BYTES.slice(0, 3));
  part("job1", BYTES.slice(3, 9));
  part("job1", BYTES.slice(9));
  part("job2/2", BYTES);
  expect(await clips(document)).toEqual([
    ["job1", "video/mp4", [...BYTES]],
    ["job2/2", "video/mp4", [...BYTES]],
  ]);
  expect(document.querySelector("script")).toBeNull();
});

test("while the page is loading, its last part may not be whole yet, and more may come", async () => {
  const state = vi.spyOn(document, "readyState", "get").mockReturnValue("loading");
  const last = part("job1", BYTES.slice(0, 3));
  last.textContent = "AA"; // cut in the middle
  const reading = clips(document);
  await new Promise((done) => setTimeout(done, 20));
  expect(last.isConnected).toBe(true);
  last.textContent = btoa(String.fromCharCode(...BYTES.slice(0, 3)));
  part("job1", BYTES.slice(3));
  state.mockReturnValue("interactive");
  expect(await reading).toEqual([["job1", "video/mp4", [...BYTES]]]);
});

test("a page without clips of its own is done at once", async () => {
  expect(await clips(document)).toEqual([]);
});

test("a browser that does not know fromBase64 reads the same bytes", async () => {
  const known = Object.getOwnPropertyDescriptor(Uint8Array, "fromBase64");
  Reflect.deleteProperty(Uint8Array, "fromBase64");
  part("job1", BYTES);
  expect((await clips(document))[0]?.[2]).toEqual([...BYTES]);
  if (known) Object.defineProperty(Uint8Array, "fromBase64", known);
});

test("the grid gets the clips that the page holds, says which is gone, and has the keyboard", async () => {
  const grid = structuredClone(every["2x2"]);
  const root = document.body.appendChild(document.createElement("div"));
  root.className = "videogen-grid";
  for (const [place, { key }] of grid.cells.entries()) {
    const cell = root.appendChild(document.createElement("figure"));
    cell.className = "videogen-cell";
    cell.innerHTML = place ? '<video muted poster="data:image/webp;base64,AA"></video>' : '<p class="vgn-gone"></p>';
    if (!place) Object.assign(cell.firstElementChild as HTMLElement, { textContent: "boat.mp4 was not there" });
    if (!place) (cell.firstElementChild as HTMLElement).dataset.key = key;
  }
  const data = root.appendChild(document.createElement("script"));
  data.type = "application/json";
  data.textContent = JSON.stringify(grid);
  part("job2", BYTES);
  part("job3", BYTES);
  await show(document);
  const sources = [...root.querySelectorAll(".vgn-grid video")].map((video) => video.getAttribute("src")?.slice(0, 5));
  expect(sources).toEqual([undefined, "blob:", "blob:", undefined]);
  expect(root.querySelector(".vgn-message")?.textContent).toBe("boat.mp4 was not there");
  expect(document.activeElement).toBe(root.querySelector(".vgn-grid"));
});

test("a job that was left running has an ending in a page that is kept, and none while it runs", () => {
  expect(endingText({ status: "running", phase: "ended" })).toBe("Not finished");
  expect(endingText({ status: "running", phase: "running" })).toBeNull();
  expect(endingText({ status: "succeeded", phase: "ended" })).toBeNull();
  expect(endingText({ status: "failed", phase: "ended" })).toBe("Failed");
});
