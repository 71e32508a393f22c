// Shows the built bundle in every state. ?theme=jp-light|jp-dark|none &state=NAME (one state only) &clip=URL &poster=URL
import job from "../../../videogen_nb/static/job.js";
import { fakeModel } from "./model.js";
import { place, query } from "./stage.js";
import { states } from "./states.js";

const only = query.get("state");

/** Puts one widget on the page and returns what a script may drive it with. */
async function show(name, { clips = [], ...view }) {
  const model = fakeModel(view);
  const widget = job();
  document.body.appendChild(document.createElement("h2")).textContent = name;
  const el = place(name);
  widget.initialize({ model });
  widget.render({ model, el });
  for (const [index, url] of clips.entries()) {
    const bytes = await (await fetch(url)).arrayBuffer();
    model.receive({ kind: "clip", index, media_type: "video/mp4" }, [new DataView(bytes)]);
  }
  return { model, view };
}

window.widgets = {};
for (const [name, state] of Object.entries(states(query.get("clip"), query.get("poster")))) {
  if (!only || only === name) window.widgets[name] = await show(name, state);
}
window.ready = true;
