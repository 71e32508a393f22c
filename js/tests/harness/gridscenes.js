/** Grids as Python sends them, in the shapes that people make. */
import { running, states } from "./states.js";

const MODELS = ["veo-3-1-fast", "kling-2-6-pro", "wan-2-5", "hailuo-02", "seedance-1-pro", "ltx-2"];
const PROMPT =
  "A paper boat drifts down a rain-soaked street at dusk, neon signs reflected in the water, slow dolly forward";
const LONG = `registry.example/team/${"an-experimental-video-model-with-a-name-that-does-not-end-".repeat(4)}v2`.slice(
  0,
  200,
);

/** A cell that succeeded with clip `index`; `job` and the rest override it. */
export function cell(index, clip, { job = {}, ...rest } = {}) {
  const every = states(null, clip.poster);
  const done = { ...every.player, clips: undefined, badge: null, cost: null, hint: null, facts: ["4 s", "640 × 360"] };
  const video = { src: null, poster: clip.poster, path: `videogen/a-paper-boat-${index + 1}.mp4` };
  return {
    key: `job${index + 1}`,
    row: 0,
    column: 0,
    labels: [`seed ${index + 7}`],
    outcome: [`made in ${12 + index} s`, "80 credits"],
    reused: false,
    timing: clip.timing,
    ...rest,
    job: {
      ...done,
      id: `job${index + 1}`,
      prompt: PROMPT,
      model: MODELS[index % 6],
      width: clip.width,
      height: clip.height,
      videos: [video],
      ...job,
    },
  };
}

const failed = {
  status: "failed",
  phase: "ended",
  videos: [],
  can_retry: true,
  error: {
    summary: "The gateway refused the prompt: it names a real person.",
    charged: "Nothing was charged.",
    next: "Change the prompt, or pass --person-generation allow_adult where the model takes it.",
  },
};
const work = (progress, extra = {}) => ({ ...running, badge: null, videos: [], progress, ...extra });

/** A grid of `count` cells, or of one for each row and column. */
function table(rows, columns, make, { count = 0, ...extra } = {}) {
  const [down, across] = [rows.length ? rows : [null], columns.length ? columns : [null]];
  const spots = count
    ? Array.from({ length: count }, () => ({}))
    : down.flatMap((_, row) => across.map((_, column) => ({ row, column })));
  return {
    id: "g7k2",
    title: "A paper boat, 3 models × 3 seeds",
    note: null,
    rows,
    columns,
    row_name: rows.length ? "model" : null,
    column_name: columns.length ? "seed" : null,
    across: null,
    cells: spots.map((spot, index) => make(index, spot)),
    winner: null,
    favourites: [],
    can_finish: true,
    ...extra,
  };
}

/** All scenes, of `clips`: each {url, poster, width, height, timing}; those after the ninth are portraits. */
export function scenes(clips) {
  const of = (index) => clips[index % 9];
  const plain = (index, spot) => cell(index, of(index), { ...spot, labels: [] });
  const seeds = ["7", "8", "9"];
  return {
    "2x2": table(MODELS.slice(0, 2), ["7", "8"], plain, { title: "A paper boat", favourites: ["job2"] }),
    "3x3": table(MODELS.slice(0, 3), seeds, plain, { winner: "job5", favourites: ["job2", "job5"] }),
    "3x3-running": table(
      MODELS.slice(0, 3),
      seeds,
      (index, spot) => {
        if (index === 4) return cell(index, of(index), { ...spot, job: failed, labels: [], outcome: [] });
        if (index < 4) return cell(index, of(index), { ...spot, labels: [], reused: index === 1 });
        const job = [
          work(0.62, { badge: "local preview" }),
          work(0.31),
          work(null, { phase: "queued", status: "queued", position: 0, remaining: 90 }),
          work(null, { phase: "queued", status: "queued", position: 1, remaining: 150 }),
        ][index - 5];
        return cell(index, of(index), { ...spot, job, labels: [], outcome: [] });
      },
      { note: "5 of 9 cost 400 credits so far" },
    ),
    "1x6": table([], MODELS, plain, { column_name: "model", title: "One prompt, six models" }),
    "6x1": table(MODELS.slice(0, 4), [], plain, { title: "Rows only" }),
    24: table([], [], (index) => cell(index, of(index)), { title: "24 seeds", count: 24 }),
    folded: table(["cat", "cat", "owl", "owl"], seeds, (index, spot) =>
      cell(index, of(index), { ...spot, labels: [`guidance ${(index % 6) + 3}`] }),
    ),
    portrait: table(MODELS.slice(0, 2), seeds, (index, spot) => cell(index, clips[9 + (index % 2)], spot)),
    mixed: table([], [], (index) => cell(index, clips[[0, 9, 1][index]]), {
      title: "Clips of different shapes",
      count: 3,
    }),
    two: table([], [], (index) => cell(index, of(index * 3)), { title: "Two clips", count: 2 }),
    hostile: table(
      [LONG, "نموذج تجريبي للفيديو"],
      ["🦊🚣‍♀️ fox in a boat", "<b>bold</b>", "קונטרסט גבוה"],
      (index, spot) =>
        cell(index, of(index), {
          ...spot,
          labels: [["seed 7", "قارب ورقي في المطر", LONG, "🎬", "a ".repeat(60), "x"][index]],
          job:
            index === 4
              ? failed
              : { prompt: `قارب ورقي ${index} 🚣 ${"long prompt ".repeat(40)}`, notice: "Asked for 5 s, got 4 s" },
        }),
      { title: `قارب ورقي 🚣 ${"title ".repeat(40)}`, row_name: LONG, note: "Local preview: set INFERY_API_KEY" },
    ),
  };
}
