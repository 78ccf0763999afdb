import { readFile } from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { build } from "esbuild"
import sharp from "sharp"
import { normalize } from "../src/data/Normalize.js"
import * as Random from "../src/internal/Random.js"
import * as LayersModel from "../src/model/export/LayersModel.js"
import * as Seminar from "../src/model/families/Seminar.js"
import * as Layers from "../src/model/Layers.js"
import type { Network } from "../src/model/Network.js"
import { Backend } from "../src/services/Backend.js"
import * as Chromium from "./support/Chromium.js"
import { assertClose } from "./support/Close.js"
import { logits, weightsOf } from "./support/Exported.js"

const statistics = { mean: [0.5, 0.45, 0.4], deviation: [0.25, 0.2, 0.3] }
const classNames = Array.from({ length: 10 }, (_, i) => `class ${i}`)
const { uint32 } = Random.make(1, "pixels")
const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, () => uint32() >>> 24)

/** The page of `examples/browser` with a network, and what the network makes of the pixels here. */
const prepare = (network: Network) =>
  Effect.gen(function* () {
    const weights = weightsOf(network)
    const expected = yield* logits(network, weights, {
      shape: [1, 32, 32, 3],
      data: normalize(pixels, 3, statistics)
    }).pipe(Effect.provide(Backend.layerCpu))
    const model = yield* Effect.fromResult(LayersModel.make(network, weights, { classNames, ...statistics }))
    const page = yield* Effect.promise(() =>
      Promise.all(
        ["index.html", "classify.js"].map(async (name) => [name, await readFile(`examples/browser/${name}`)] as const)
      )
    )
    const register = yield* Effect.promise(() =>
      build({ entryPoints: ["src/browser/index.ts"], bundle: true, format: "esm", write: false })
    )
    const picture = yield* Effect.promise(() =>
      sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toBuffer()
    )
    const files = {
      ...Object.fromEntries([...page, ...model.map(([name, content]) => [`model/${name}`, content] as const)]),
      "register.js": register.outputFiles[0]!.text,
      "picture.png": picture
    }
    return { expected, files, picture }
  })

if (Chromium.executable === undefined) {
  console.warn("no Chromium on this machine (the variable CHROMIUM may name one): the browser is not tested")
}

describe.skipIf(Chromium.executable === undefined)("in Chromium", () => {
  it.effect(
    "the page shows the classes of a chosen picture, with the logits that Node has",
    () =>
      Effect.gen(function* () {
        const { expected, files, picture } = yield* prepare(Seminar.resnet(0))
        const page = yield* Chromium.open(files)
        yield* Effect.promise(async () => {
          await page.setInputFiles("input", { name: "picture.png", mimeType: "image/png", buffer: picture })
          const likeliest = await page.textContent("li:first-child span")
          assert.strictEqual(likeliest, classNames[expected.indexOf(Math.max(...expected))])
          const actual = await page.evaluate<Array<number>>(`(async () => {
            const { load, predict } = await import("./classify.js")
            return predict(await load("model/model.json"), document.querySelector("canvas"))
          })()`)
          assertClose(actual, expected, 1e-4)
        })
      }),
    60_000
  )

  it.effect(
    "every kind of layer is the same there, those of our own once they are registered",
    () =>
      Effect.gen(function* () {
        const { expected, files } = yield* prepare({
          ...Seminar.resnet(0),
          body: Layers.chain(
            Layers.conv(3, 8, { stride: 2 }),
            Layers.conv(8, 8, { groups: 2 }),
            Layers.groupNorm(8, { groups: 2 }),
            Layers.gelu,
            Layers.maxPool(2, { padding: 1 }),
            Layers.conv(8, 8, { groups: 8, dilation: 2, stride: 2, padding: 2 }),
            Layers.layerNorm(8),
            Layers.silu,
            Layers.squeezeExcitation(8, { squeezed: 4 }),
            Layers.maxPool(3, { stride: 2, padding: 1 }),
            Layers.identityPadding(8, 10, { zeros: "around" }),
            Layers.flatten,
            Layers.linear(90, 10),
            Layers.scale(3)
          )
        })
        const page = yield* Chromium.open(files)
        yield* Effect.promise(async () => {
          await page.getByText("Unknown layer").waitFor()
          const actual = await page.evaluate<Array<number>>(`(async () => {
            const { register } = await import("./register.js")
            const { draw, load, predict } = await import("./classify.js")
            register(tf)
            const network = await load("model/model.json")
            const picture = await (await fetch("picture.png")).blob()
            const canvas = document.querySelector("canvas")
            draw(network, await createImageBitmap(picture), canvas)
            return predict(network, canvas)
          })()`)
          assertClose(actual, expected, 1e-4)
        })
      }),
    60_000
  )
})
