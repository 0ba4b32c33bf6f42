// Bundles the extension into dist/extension.js; with --tests the tests into dist/test, for `node --test`.
import { build } from "esbuild";
import { copyFile, readdir, rm } from "node:fs/promises";

const has = (option) => process.argv.includes(option);
const common = { bundle: true, format: "cjs", platform: "node", target: "node20", logLevel: "warning" };

if (has("--tests")) {
  await rm("dist/test", { recursive: true, force: true });
  const tests = (await readdir("test")).filter((name) => name.endsWith(".test.ts"));
  await build({ ...common, entryPoints: tests.map((name) => `test/${name}`), outdir: "dist/test" });
} else {
  await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"], // the editor provides it
    minify: has("--production"),
    sourcemap: !has("--production"),
  });
}
if (has("--production")) await copyFile("../../LICENSE", "LICENSE"); // the package has one of its own
