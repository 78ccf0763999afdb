import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { build } from "esbuild"

/** Three folders deep, where `src/services/directory` finds package.json too. */
const outfile = fileURLToPath(new URL(".build/bundle/Child.mjs", import.meta.url))

/** `Child.ts` as one file of JavaScript, since it starts some hundred times. */
export const child = Effect.promise(() =>
  build({
    entryPoints: [fileURLToPath(new URL("Child.ts", import.meta.url))],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile
  }).then(() => outfile)
)
