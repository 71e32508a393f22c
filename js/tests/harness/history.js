// Shows the built bundles. ?theme=jp-light|jp-dark|none &history=NAME or &images=1 &open=ID (shown large) &clip=URL &poster=URL
import historyWidget from "../../../videogen_nb/static/history.js";
import imageWidget from "../../../videogen_nb/static/image.js";
import { histories, images } from "./histories.js";
import { fakeModel } from "./model.js";
import { place, query } from "./stage.js";

const poster = (n) => query.get("poster").replace("N", String(n % 6));

if (query.has("images")) {
  const box = place("images");
  for (const [name, view] of Object.entries(images(poster(0)))) {
    const model = fakeModel();
    model.set("image", view);
    imageWidget().render({ model, el: place(name, box) });
  }
} else {
  const model = fakeModel();
  const clip = await (await fetch(query.get("clip"))).arrayBuffer();
  const send = model.send;
  // Python's half of what an enlarged job needs: the clips that are asked for.
  model.send = (content) => {
    send.call(model, content);
    if (content.kind !== "want") return;
    const message = { kind: "clip", id: content.id, media_type: "video/mp4" };
    for (const index of [0, 1, 2]) model.receive({ ...message, index }, [new DataView(clip)]);
  };
  model.set("history", histories("", poster)[query.get("history")]);
  const el = place("history");
  const widget = historyWidget();
  widget.initialize({ model });
  widget.render({ model, el });
  window.model = model;
  const open = query.get("open");
  if (open) [...el.querySelectorAll(".vgn-thumb")][Number(open)].click();
}
window.ready = true;
