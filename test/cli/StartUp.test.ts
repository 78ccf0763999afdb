import { assert, describe, it } from "@effect/vitest"
import { build } from "esbuild"

const graph = build({
  entryPoints: ["src/cli.ts", "src/cli/SettingsHelp.ts"],
  bundle: true,
  write: false,
  outdir: "unused",
  metafile: true,
  platform: "node",
  format: "esm",
  external: ["@tensorflow/*", "@resvg/*", "sharp", "echarts"]
}).then(({ metafile }) => metafile.inputs)

/** The modules that are loaded with this one, without those that it loads later by `import()`. */
const loadedWith = async (entry: string): Promise<ReadonlyArray<string>> => {
  const inputs = await graph
  const found = new Set<string>()
  const visit = (path: string): void => {
    if (found.has(path)) return
    found.add(path)
    for (const { kind, path: next } of inputs[path]?.imports ?? []) if (kind !== "dynamic-import") visit(next)
  }
  visit(entry)
  return [...found]
}

const heavy =
  /@tensorflow\/|^sharp|^echarts|resvg|\/effect\/dist\/(?:http\/FetchHttpClient|cluster\/)|src\/model\/Layers\.ts/

describe("start-up", () => {
  it("loads no kernels, pictures, charts or network for the names and flags of the commands", async () => {
    const modules = await loadedWith("src/cli.ts")
    assert.include(modules, "src/cli/Commands.ts")
    assert.deepStrictEqual(
      modules.filter((path) => heavy.test(path)),
      []
    )
  })

  it("loads Effect module by module, not all of it", async () => {
    const modules = await loadedWith("src/cli.ts")
    assert.isFalse(modules.some((path) => path.endsWith("/effect/dist/index.js")))
    assert.isBelow(modules.length, 300)
  })

  it("shows the settings without the layers that the networks are made of", async () => {
    const modules = await loadedWith("src/cli/SettingsHelp.ts")
    assert.include(modules, "src/services/config/Settings.ts")
    assert.deepStrictEqual(
      modules.filter((path) => heavy.test(path)),
      []
    )
  })
})
