/** Histories and image fields in every state, as Python sends them. `poster(n)` is the address of the n-th poster. */
import { states } from "./states.js";

const PROMPTS = [
  "A paper boat drifts down a rain-soaked street at dusk, neon signs reflected in the water",
  "An owl turns its head in falling snow, macro, shallow depth of field",
  "A lighthouse in a storm, waves breaking over the rocks, handheld",
  "A tram crosses an old bridge at sunrise, long shadows",
];
const HOSTILE = "<img src=x onerror=alert(1)>";

/** One item of a strip; `changes` go to its job. */
export function item(id, view, changes = {}, when = "12:30") {
  const job = { ...view, id, ...changes };
  const cell = `%%videogen --model ${job.model} --duration 4 --seed 7\n${job.prompt}`;
  const python = `videogen_nb.generate(\n    ${JSON.stringify(job.prompt)},\n    model="${job.model}",\n    seed=7,\n)`;
  return { job, when, cell, python };
}

export function histories(clip, poster) {
  const of = states(clip, poster(0));
  const done = (n, changes) =>
    item(
      `done-${n}`,
      of.player,
      {
        prompt: PROMPTS[n % PROMPTS.length],
        model: n % 3 ? "veo-3-1-fast" : "veo-3-1",
        videos: [{ src: null, poster: poster(n), path: `videogen/clip-${n}.mp4` }],
        ...changes,
      },
      n > 5 ? "Nov 20, 18:05" : `12:${59 - n}`,
    );
  const many = Array.from({ length: 11 }, (_, n) => done(n));
  const mixed = [
    item("run", of.running, { elapsed: 42 }),
    item("queue", of.queued, { prompt: PROMPTS[1] }),
    item("load", of.downloading, { prompt: PROMPTS[2] }),
    done(0),
    item("fail", of.failed, { prompt: PROMPTS[3] }),
    done(1, { videos: [0, 1, 2].map((n) => ({ src: null, poster: poster(n), path: `videogen/owl-${n}.mp4` })) }),
    item("unsure", of.uncertain, { prompt: PROMPTS[1] }),
    item("stop", of.cancelled),
    ...many.slice(2, 6),
  ];
  const odd = [
    item("rtl", of.rtl, { status: "succeeded", phase: "ended", videos: done(1).job.videos, can_cancel: false }),
    item("long", of.long),
    item("portrait", of.portrait, { status: "succeeded", phase: "ended", videos: done(4).job.videos }),
    item("hostile", of["failed-long"], { prompt: HOSTILE, model: HOSTILE }, HOSTILE),
    item("emoji", of.player, { prompt: "🛶🌧️🏮👩‍👩‍👧‍👦 ".repeat(12), videos: done(2).job.videos }),
    item("nameless", of.player, { prompt: "", model: "", videos: [] }, ""),
  ];
  return {
    empty: { items: [], query: "", more: false },
    nothing: { items: [], query: "paper plane", more: false },
    running: { items: mixed.slice(0, 3), query: "", more: false },
    mixed: { items: mixed, query: "", more: false },
    finished: { items: many, query: "", more: true },
    odd: { items: odd, query: "", more: false },
  };
}

export function images(thumb) {
  const none = { name: null, thumb: null, width: null, height: null, error: null };
  const boat = { ...none, name: "boat-at-dusk.png", thumb, width: 1920, height: 1080 };
  return {
    none,
    boat,
    long: { ...boat, name: `${"a-very-long-name-".repeat(12)}.png` },
    refused: { ...none, error: "boat.heic is not a picture that can be read: use PNG, JPEG, WebP or GIF." },
  };
}
