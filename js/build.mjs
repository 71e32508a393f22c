// Bundles each widget into the Python package: one module and one stylesheet an entry.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = fileURLToPath(new URL("../videogen_nb/static/", import.meta.url));

// Every widget in a notebook carries its whole module over the wire, so the size is a budget and not a wish.
const budgets = { "job.js": 12_000 };

await build({
  absWorkingDir: here,
  entryPoints: ["src/job.ts", "src/job.css"],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
});

for (const [name, budget] of Object.entries(budgets)) {
  const { size } = statSync(out + name);
  console.log(`static/${name} ${size} bytes of ${budget}`);
  if (size > budget) throw new Error(`${name} is ${size} bytes, its budget is ${budget}`);
}
