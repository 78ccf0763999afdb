import { readFile } from "node:fs/promises"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { build } from "esbuild"
import sharp from "sharp"
import { normalize } from "../src/data/Normalize.js"
import * as Random from "../src/internal/Random.js"
import * as LayersModel from "../src/model/export/LayersModel.js"
import * as Seminar from "../src/model/families/Seminar.js"
import { Backend } from "../src/services/backend/Backend.js"
import * as Chromium from "./support/Chromium.js"
import { assertClose } from "./support/Close.js"
import { contract, networkOf } from "./support/ExportContract.js"
import { imagesFor, logits, weightsOf } from "./support/Exported.js"

if (Chromium.executable === undefined) {
  console.warn("no Chromium on this machine (the variable CHROMIUM may name one): the browser is not tested")
}

/** The files of a model, in a folder. */
const within = (folder: string, files: LayersModel.Files): Chromium.Files =>
  Object.fromEntries(files.map(([name, content]) => [`${folder}/${name}`, content]))

describe.skipIf(Chromium.executable === undefined)("in Chromium", () => {
  it.effect(
    "the page shows the classes of a chosen picture, with the logits that Node has",
    () =>
      Effect.gen(function* () {
        const { uint32 } = Random.make(1, "pixels")
        const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, () => uint32() >>> 24)
        const picture = yield* Effect.promise(() =>
          sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
            .png()
            .toBuffer()
        )
        const network = Seminar.resnet(0)
        const weights = weightsOf(network)
        const statistics = { mean: [0.5, 0.45, 0.4], deviation: [0.25, 0.2, 0.3] }
        const images = { shape: [1, 32, 32, 3], data: normalize(pixels, 3, statistics) }
        const expected = yield* Effect.provide(logits(network, weights, images), Backend.layerCpu)
        const classNames = Array.from(expected, (_, i) => `class ${i}`)
        const model = yield* Effect.fromResult(LayersModel.make(network, weights, { classNames, ...statistics }))
        const page = yield* Chromium.open({
          "index.html": yield* Effect.promise(() => readFile("examples/browser/index.html")),
          "classify.js": yield* Effect.promise(() => readFile("examples/browser/classify.js")),
          ...within("model", model)
        })
        const [likeliest, actual] = yield* Effect.promise(async () => {
          await page.setInputFiles("input", { name: "picture.png", mimeType: "image/png", buffer: picture })
          const likeliest = await page.textContent("li:first-child span")
          const logits = await page.evaluate<Array<number>>(`(async () => {
            const { load, predict } = await import("./classify.js")
            return predict(await load("model/model.json"), document.querySelector("canvas"))
          })()`)
          return [likeliest, logits] as const
        })
        assert.strictEqual(likeliest, classNames[expected.indexOf(Math.max(...expected))])
        assertClose(actual, expected, 1e-4)
      }),
    60_000
  )

  it.effect(
    "every kind of layer is the same there, those of our own once they are registered",
    () =>
      Effect.gen(function* () {
        const rows = yield* Effect.forEach(contract, (row, i) =>
          Effect.gen(function* () {
            const network = networkOf(row)
            const weights = weightsOf(network)
            const images = imagesFor(network, 2)
            const expected = yield* logits(network, weights, images)
            return {
              images,
              expected,
              files: within(`${i}`, yield* Effect.fromResult(LayersModel.make(network, weights)))
            }
          })
        ).pipe(Effect.provide(Backend.layerCpu))
        const module = yield* Effect.promise(() =>
          build({ entryPoints: ["src/browser/index.ts"], bundle: true, format: "esm", write: false })
        )
        const page = yield* Chromium.open({
          "index.html": `<script src="https://cdn.test/tf.min.js"></script>`,
          "browser.js": module.outputFiles[0]!.text,
          ...Object.assign({}, ...rows.map(({ files }) => files))
        })
        yield* Effect.promise(() => page.evaluate(`import("./browser.js").then(({ register }) => register(tf))`))
        for (const [i, { expected, images }] of rows.entries()) {
          const actual = yield* Effect.promise(() =>
            page.evaluate<Array<number>>(`(async () => {
              const model = await tf.loadLayersModel("${i}/model.json")
              const images = tf.tensor([${images.data}], [${images.shape}])
              return Array.from(await model.predict(images).data())
            })()`)
          )
          assertClose(actual, expected, 1e-4)
        }
      }),
    60_000
  )
})
