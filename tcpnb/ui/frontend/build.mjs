// Bundles the front end: src/*.ts(x) -> ../static/{loader,app,editor}.js and app.css. `--watch` keeps at it, `--test` bundles the tests.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
  absWorkingDir: here,
};

/** The same digest as hatch_build.py takes: it tells whether the bundle fits the sources. */
function digest() {
  const files = ["package.json", "package-lock.json", "build.mjs", ...walk(join(here, "src"))].sort();
  const hash = createHash("sha256");
  for (const name of files) {
    hash.update(name + "\0");
    hash.update(readFileSync(join(here, name)));
    hash.update("\0");
  }
  return hash.digest("hex");
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [relative(here, path).split(sep).join("/")];
  });
}

const entries = { loader: "src/loader.ts", app: "src/app/main.tsx", editor: "src/editor/main.ts" };

if (process.argv.includes("--test")) {
  const tests = walk(join(here, "test")).filter((name) => name.endsWith(".test.ts") || name.endsWith(".test.tsx"));
  await esbuild.build({ ...common, entryPoints: tests, outdir: join(here, "build", "test"), platform: "node", outExtension: { ".js": ".mjs" } });
} else if (process.argv.includes("--watch")) {
  const context = await esbuild.context({ ...common, entryPoints: entries, outdir: out, sourcemap: "inline" });
  await context.watch();
} else {
  mkdirSync(out, { recursive: true });
  await esbuild.build({ ...common, entryPoints: entries, outdir: out, minify: true });
  writeFileSync(join(out, "sources.sha256"), digest() + "\n");
}
