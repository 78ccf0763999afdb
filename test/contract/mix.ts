import { assert } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as Mix from "../../src/data/Mix.js"
import { boxAt, outside } from "../../src/data/mix/CutMix.js"
import * as Targets from "../../src/data/Targets.js"
import { assertClose } from "../support/Close.js"
import * as Golden from "../support/Golden.js"
import type { Row } from "./Row.js"

const Numbers = Schema.Array(Schema.Number)
const Centre = Schema.Tuple([Schema.Number, Schema.Number])
const Mixed = Schema.Struct({
  lambda: Schema.Number,
  centre: Schema.NullOr(Centre),
  smoothing: Schema.Number,
  lambdaUsed: Schema.Number,
  images: Numbers,
  targets: Numbers
})
const Placed = Schema.Struct({
  height: Schema.Number,
  width: Schema.Number,
  lambda: Schema.Number,
  centre: Centre,
  box: Numbers,
  lambdaUsed: Schema.optionalKey(Schema.Number)
})
const File = Schema.fromJsonString(
  Schema.Struct({
    shape: Schema.Struct({ height: Schema.Number, width: Schema.Number, channels: Schema.Number }),
    images: Numbers,
    labels: Numbers,
    classes: Schema.Number,
    mixup: Schema.Array(Mixed),
    cutmix: Schema.Array(Mixed),
    timmBoxes: Schema.Array(Placed),
    visionBoxes: Schema.Array(Placed)
  })
)

const golden = Effect.flatMap(Golden.bytes("mix.json"), (bytes) =>
  Schema.decodeUnknownEffect(File)(new TextDecoder().decode(bytes))
).pipe(Effect.orDie)

/** The mixed batch is the file's: its bytes, and its targets, which timm smooths before they are mixed and the loss after. */
const check = (kind: "mixup" | "cutmix") =>
  Effect.gen(function* () {
    const { classes, images, labels, shape, ...file } = yield* golden
    const count = labels.length
    const targets = Targets.rowsOf({ task: "classes", count, labels: Int32Array.from(labels) }, classes)
    const batch = { shape, count, images: Uint8Array.from(images), targets: Result.getOrThrow(targets) }
    for (const { centre, lambda, smoothing, ...expected } of file[kind]) {
      const [row = 0, column = 0] = centre ?? []
      const drawn: Mix.Drawn =
        kind === "mixup" ? { _tag: "Mixup", lambda } : { _tag: "CutMix", box: boxAt(shape, lambda, { row, column }) }
      const mixed = Mix.mixed(batch, drawn)
      assert.deepStrictEqual(Array.from(mixed.images), expected.images)
      const smoothed = mixed.targets.map((target) => target * (1 - smoothing) + smoothing / classes)
      assertClose(smoothed, expected.targets, smoothing === 0 ? 0 : 1e-6)
    }
  })

const checkBoxes = (which: "timmBoxes" | "visionBoxes") =>
  Effect.gen(function* () {
    for (const { box, centre, height, lambda, lambdaUsed, width } of (yield* golden)[which]) {
      const shape = { height, width, channels: 3 }
      const [row, column] = centre
      const { bottom, left, right, top } = boxAt(shape, lambda, { row, column })
      assert.deepStrictEqual([top, bottom, left, right], box)
      if (lambdaUsed !== undefined) {
        assert.closeTo(outside(shape, { bottom, left, right, top }), lambdaUsed, 1e-12)
      }
    }
  })

export const rows: ReadonlyArray<Row> = [
  {
    name: "mixup",
    source: "timm 1.0.31, timm.data.mixup.FastCollateMixup",
    reference: "bytes and targets of a batch of 5, lambda 0.3, 0.5, 0.8125, 0.999, one smoothed",
    tolerance: "exact; 1e-6 for smoothed targets",
    check: check("mixup")
  },
  {
    name: "cutmix",
    source: "timm 1.0.31, timm.data.mixup.FastCollateMixup",
    reference: "bytes and targets of a batch of 5, three boxes, two of them cut off, one smoothed",
    tolerance: "exact; 1e-6 for smoothed targets",
    check: check("cutmix")
  },
  {
    name: "cutmix, the box",
    source: "timm 1.0.31, timm.data.mixup.rand_bbox",
    reference: "12 boxes in images of four shapes, with odd and even sides",
    tolerance: "exact",
    check: checkBoxes("timmBoxes")
  },
  {
    name: "cutmix, the box of even sides",
    source: "torchvision 0.29.2, torchvision.transforms.v2.CutMix",
    reference: "9 boxes and their lambda; an odd side torchvision makes one pixel shorter",
    tolerance: "exact; lambda 1e-12",
    check: checkBoxes("visionBoxes")
  }
]
