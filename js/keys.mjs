// Prints the grid's keys as a Markdown table, for the documentation: npm run --silent keys
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["src/grid/controls/keys_table.ts"],
  bundle: true,
  format: "esm",
  charset: "utf8",
  write: false,
});
const { keysTable } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
console.log(keysTable());
