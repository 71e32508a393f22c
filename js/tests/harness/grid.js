// Shows the built grid, live or saved. ?scene=NAME &theme=jp-light|jp-dark|none &saved=1; clips are at /clip/clips.json.
import { scenes } from "./gridscenes.js";
import { fakeModel } from "./model.js";
import { query } from "./stage.js";

const clips = await (await fetch("/clip/clips.json")).json();
const grid = scenes(clips)[query.get("scene") ?? "3x3"];
const urlOf = ({ job }) => clips.find(({ poster }) => poster === job.videos[0]?.poster)?.url;

/** The widget as anywidget runs it, with a kernel that answers every wish for a clip. */
async function live() {
  const { default: widget } = await import("../../../videogen_nb/static/grid.js");
  const model = fakeModel({});
  model.set("grid", grid);
  const send = model.send;
  model.send = async (content) => {
    send.call(model, content);
    if (content.kind !== "want") return;
    const wanted = model.get("grid").cells.find(({ key }) => key === content.key);
    const bytes = await (await fetch(urlOf(wanted))).arrayBuffer();
    model.receive({ kind: "clip", key: content.key, media_type: "video/mp4" }, [new DataView(bytes)]);
  };
  const el = document.body.appendChild(document.createElement("div"));
  const { initialize, render } = widget();
  initialize({ model });
  render({ model, el });
  window.model = model;
}

/** What Python writes into a notebook: plain players, the grid as JSON, and the script. */
async function saved() {
  const root = document.body.appendChild(document.createElement("div"));
  root.className = "videogen-grid";
  for (const cell of grid.cells) {
    const place = root.appendChild(document.createElement("div"));
    place.className = "videogen-cell";
    if (!urlOf(cell)) place.textContent = "Failed";
    else {
      const video = place.appendChild(document.createElement("video"));
      Object.assign(video, {
        controls: true,
        loop: true,
        muted: true,
        preload: "none",
        poster: cell.job.videos[0].poster,
      });
      video.src = urlOf(cell);
    }
  }
  const data = root.appendChild(document.createElement("script"));
  data.type = "application/json";
  data.textContent = JSON.stringify(grid);
  const script = document.createElement("script");
  script.textContent = await (await fetch("../../../videogen_nb/static/saved.js")).text();
  root.append(script);
}

await (query.get("saved") ? saved() : live());
window.ready = true;
