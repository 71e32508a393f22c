// Shows the built bundles. ?theme=jp-light|jp-dark|none &film=NAME or &pictures=1 &open=ID (shown large) &clip=URL &poster=URL
import film from "../../../videogen_nb/static/film.js";
import picture from "../../../videogen_nb/static/picture.js";
import { films, pictures } from "./histories.js";
import { fakeModel } from "./model.js";
import { place, query } from "./stage.js";

const poster = (n) => query.get("poster").replace("N", String(n % 6));

if (query.has("pictures")) {
  const box = place("pictures");
  for (const [name, view] of Object.entries(pictures(poster(0)))) {
    const model = fakeModel();
    model.set("picture", view);
    picture().render({ model, el: place(name, box) });
  }
} else {
  const model = fakeModel();
  const clip = await (await fetch(query.get("clip"))).arrayBuffer();
  const send = model.send;
  // Python's half of what a picture needs: the clips that are asked for.
  model.send = (content) => {
    send.call(model, content);
    if (content.kind !== "want") return;
    const message = { kind: "clip", id: content.id, media_type: "video/mp4" };
    for (const index of [0, 1, 2]) model.receive({ ...message, index }, [new DataView(clip)]);
  };
  model.set("film", films("", poster)[query.get("film")]);
  const el = place("film");
  const widget = film();
  widget.initialize({ model });
  widget.render({ model, el });
  window.model = model;
  const open = query.get("open");
  if (open) [...el.querySelectorAll(".vgn-thumb")][Number(open)].click();
}
window.ready = true;
