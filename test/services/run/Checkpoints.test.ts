import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, type Path } from "effect"
import type { Checkpoint } from "../../../src/services/run/CheckpointFormat.js"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"

const checkpoint = (step: number, validationAccuracy: number | null = null): Checkpoint => ({
  planDigest: "plan",
  progress: { step, seconds: 1.5, images: 8 * step, epoch: { loss: 0.25, correct: 3, total: 8, seconds: 0.5 } },
  validation: validationAccuracy === null ? null : { loss: 1, accuracy: validationAccuracy, correct: 1, total: 2 },
  params: { "conv1.weight": { shape: [2, 1], data: Float32Array.of(step, -0) } },
  state: { "bn1.running_mean": { shape: [1], data: Float32Array.of(Number.MIN_VALUE) } },
  slots: { "conv1.weight": { shape: [2, 1], data: Float32Array.of(1e-40, 3) } }
})

const inTemporary = <A, E>(
  use: (directory: string) => Effect.Effect<A, E, Checkpoints | FileSystem.FileSystem | Path.Path>
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = `${yield* fs.makeTempDirectoryScoped()}/checkpoints`
    return yield* Effect.provide(use(directory), Checkpoints.layerFileSystem(directory))
  }).pipe(Effect.provide(NodeServices.layer))

const steps = Effect.flatMap(Checkpoints, ({ list }) =>
  Effect.map(list, (entries) => entries.map(({ manifest }) => manifest.progress.step))
)

const latest = Effect.flatMap(Checkpoints, ({ latest }) => latest)
const save = (checkpoint: Checkpoint) => Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.save(checkpoint))

describe("checkpoints", () => {
  it.effect.each([["memory"], ["files"]])("come back bit for bit from %s", ([kind]) => {
    const test = Effect.gen(function* () {
      assert.deepStrictEqual(yield* latest, Option.none())
      yield* save(checkpoint(7, 0.5))
      assert.deepStrictEqual(yield* latest, Option.some(checkpoint(7, 0.5)))
    })
    return kind === "memory" ? Effect.provide(test, Layer.fresh(Checkpoints.layerMemory)) : inTemporary(() => test)
  })

  it.effect("keep the newest two, and the best by validation", () =>
    inTemporary(() =>
      Effect.gen(function* () {
        const { best } = yield* Checkpoints
        for (const [step, accuracy] of [
          [1, 0.3],
          [2, 0.9],
          [3, 0.9],
          [4, null],
          [5, 0.1]
        ] as const) {
          yield* save(checkpoint(step, accuracy))
        }
        assert.deepStrictEqual(yield* steps, [2, 4, 5])
        assert.strictEqual(Option.getOrThrow(yield* best).progress.step, 2)
      })
    )
  )

  it.effect.each([
    ["cut short", (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ["with a bit turned", (bytes: Uint8Array) => bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1)],
    ["emptied", () => new Uint8Array()]
  ] as const)("the newest whole one is taken when a file was %s", ([, damage]) =>
    inTemporary((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const checkpoints = yield* Checkpoints
        yield* save(checkpoint(1))
        const newest = yield* save(checkpoint(2))
        const file = `${newest}/tensors.safetensors`
        yield* fs.writeFile(file, damage(yield* fs.readFile(file)))
        assert.strictEqual(Option.getOrThrow(yield* latest).progress.step, 1)
        const error = yield* Effect.flip(checkpoints.load((yield* checkpoints.list)[1]!))
        assert.include(error.message, newest)
        assert.include(error.message, "damaged")
        yield* fs.writeFileString(`${directory}/step-000000002/manifest.json`, "{")
        assert.deepStrictEqual(yield* steps, [1])
      })
    )
  )

  it.effect("a directory that cannot be written is an error that names it, and leaves nothing", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const file = yield* fs.makeTempFileScoped()
      const error = yield* Effect.flip(
        save(checkpoint(1)).pipe(Effect.provide(Checkpoints.layerFileSystem(`${file}/checkpoints`)))
      )
      assert.strictEqual(error._tag, "CheckpointError")
      assert.include(error.message, file)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
