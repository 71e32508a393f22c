// Bundles each widget into the Python package: one module and one stylesheet an entry.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../videogen_nb/static/", import.meta.url));

// Every widget in a notebook carries its whole module over the wire, so the size is a budget and not a wish.
const budgets = {
  "job.js": 12_000,
  "grid.js": 48_000,
  "saved.js": 36_000,
  "history.js": 30_000,
  "image.js": 10_000,
  "page.js": 52_000,
};

const shared = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
};

// What Python calls each widget, its script and its stylesheet.
const widgets = {
  job: ["src/entries/job.ts", "src/job/card.css"],
  grid: ["src/entries/grid.ts", "src/grid/view.css"],
  history: ["src/entries/history.ts", "src/history/view.css"],
  image: ["src/entries/image.ts", "src/image/field.css"],
};
const bundles = (named) => Object.entries(named).flatMap(([out, files]) => files.map((file) => ({ in: file, out })));
await build({ ...shared, entryPoints: bundles(widgets), format: "esm" });
// An exported page is read from disk, so its script stands in it as it is.
const page = { page: ["src/entries/page.ts", "src/page/page.css"] };
await build({ ...shared, entryPoints: bundles(page), format: "iife" });

// A saved grid is one string of HTML, so its script brings its stylesheet along: the one that was just built.
const bundledCss = {
  name: "bundled-css",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, () => ({ contents: readFileSync(`${out}grid.css`, "utf8"), loader: "text" }));
  },
};
const saved = { ...shared, entryPoints: ["src/entries/saved.ts"], format: "iife", plugins: [bundledCss], write: false };
const { outputFiles } = await build(saved);
// Each saved grid keeps a copy of it; packed, that is less than half. Unpacked, it runs where its packing stood.
const packed = deflateRawSync(outputFiles[0].contents, { level: 9 }).toString("base64");
writeFileSync(
  `${out}saved.js`,
  `{const here=document.currentScript,bytes=Uint8Array.from(atob("${packed}"),c=>c.charCodeAt());` +
    'new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text()' +
    '.then(t=>{const s=document.createElement("script");s.textContent=t;here.after(s);s.remove()})}\n',
);

for (const [name, budget] of Object.entries(budgets)) {
  const { size } = statSync(out + name);
  console.log(`static/${name} ${size} bytes of ${budget}`);
  if (size > budget) throw new Error(`${name} is ${size} bytes, its budget is ${budget}`);
}
