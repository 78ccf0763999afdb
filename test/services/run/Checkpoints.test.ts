import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, type Path, Result, Schema } from "effect"
import type { Checkpoint } from "../../../src/services/run/CheckpointFormat.js"
import * as CheckpointFormat from "../../../src/services/run/CheckpointFormat.js"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Progress from "../../../src/train/Progress.js"
import { logged } from "../../support/Logged.js"
import * as Plans from "../../support/Plans.js"

const plan = PlanRecord.of(Result.getOrThrow(Plan.check(Plans.small)))
const environment = {
  backend: "tensorflow",
  tensorflow: "2.21.0",
  onednn: true,
  instructions: "avx2",
  device: "CPU",
  threads: 2,
  kernels: null
}

const checkpoint = (step: number, validationAccuracy: number | null = null, run = "first run"): Checkpoint => ({
  run,
  plan,
  environment,
  progress: { ...Progress.start, step, events: step, seconds: 1.5, images: 8 * step },
  pending: { evaluate: ["test"], save: false, restore: null, restoreAtEnd: null },
  kept: {},
  policies: { "save each epoch": null, plateau: { best: 0.25, epochs: 3 } },
  epoch: { loss: 0, total: 0, metrics: {} },
  validation: validationAccuracy === null ? null : { loss: 1, total: 2, metrics: { accuracy: validationAccuracy } },
  train: {
    step,
    groups: {
      params: { "conv1.weight": { shape: [2, 1], data: Float32Array.of(step, -0) } },
      state: { "bn1.running_mean": { shape: [1], data: Float32Array.of(Number.MIN_VALUE) } },
      "optimizer/1/trace": { "conv1.weight": { shape: [2, 1], data: Float32Array.of(1e-40, 3) } }
    }
  }
})

const inTemporary = <A, E>(
  use: (directory: string) => Effect.Effect<A, E, Checkpoints | FileSystem.FileSystem | Path.Path>
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = `${yield* fs.makeTempDirectoryScoped()}/checkpoints`
    return yield* Effect.provide(use(directory), Checkpoints.layerFileSystem(directory))
  }).pipe(Effect.provide(NodeServices.layer))

const list = Effect.flatMap(Checkpoints, ({ list }) => list)
const steps = Effect.map(list, ({ entries }) => entries.map(({ manifest }) => manifest.progress.step))
const latest = (run = "first run") => Effect.flatMap(Checkpoints, ({ latest }) => latest(run))
const save = (checkpoint: Checkpoint) => Effect.flatMap(Checkpoints, (checkpoints) => checkpoints.save(checkpoint))

describe("checkpoints", () => {
  it.effect.each([["memory"], ["files"]])("come back bit for bit from %s", ([kind]) => {
    const test = Effect.gen(function* () {
      assert.deepStrictEqual(yield* latest(), Option.none())
      yield* save(checkpoint(7, 0.5))
      assert.deepStrictEqual(yield* latest(), Option.some(checkpoint(7, 0.5)))
    })
    return kind === "memory" ? Effect.provide(test, Layer.fresh(Checkpoints.layerMemory)) : inTemporary(() => test)
  })

  it.effect("keep the newest two, and those that policies keep", () =>
    inTemporary(() =>
      Effect.gen(function* () {
        const { best, ofStep } = yield* Checkpoints
        for (const [step, accuracy] of [
          [1, 0.3],
          [2, 0.9],
          [3, 0.9],
          [4, null],
          [5, 0.1]
        ] as const) {
          yield* save({ ...checkpoint(step, accuracy), kept: { best: [2], good: [2, step] } })
        }
        assert.deepStrictEqual(yield* steps, [2, 4, 5])
        assert.strictEqual(Option.getOrThrow(yield* best("first run")).progress.step, 2)
        assert.strictEqual(Option.getOrThrow(yield* ofStep("first run", 2)).train.step, 2)
        assert.deepStrictEqual(yield* ofStep("first run", 3), Option.none())
      })
    )
  )

  it.effect("of two runs that save in turn are found and kept for each", () =>
    inTemporary(() =>
      Effect.gen(function* () {
        for (const step of [1, 2, 3, 4]) {
          yield* save(checkpoint(step, null, "first run"))
          yield* save(checkpoint(10 * step, null, "other run"))
        }
        assert.sameMembers(yield* steps, [3, 4, 30, 40])
        assert.strictEqual(Option.getOrThrow(yield* latest("first run")).progress.step, 4)
        assert.strictEqual(Option.getOrThrow(yield* latest("other run")).progress.step, 40)
        assert.deepStrictEqual(yield* latest("a third"), Option.none())
      })
    )
  )

  it.effect("that was just saved is kept beside newer ones of an earlier attempt", () =>
    inTemporary(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* save(checkpoint(8))
        yield* save(checkpoint(9))
        assert.isTrue(yield* fs.exists(yield* save(checkpoint(1))))
      })
    )
  )
})

describe("a checkpoint as bytes", () => {
  const Tensor = Schema.Array(Schema.Number)
  const Parameter = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_.]{0,20}$/))
  const Group = Schema.Record(Parameter, Tensor)
  it.effect.prop("comes back, whatever its tensors and numbers", [Group, Group, Progress.Progress], (values) =>
    Effect.gen(function* () {
      const [params, slots, progress] = values
      const tensors = (group: typeof Group.Type) =>
        Object.fromEntries(
          Object.entries(group).map(([path, values]) => [
            path,
            { shape: [values.length], data: Float32Array.from(values) }
          ])
        )
      const groups = { params: tensors(params), "optimizer/1/trace": tensors(slots) }
      const written = {
        ...checkpoint(0),
        progress,
        train: {
          step: progress.step,
          groups: Object.fromEntries(Object.entries(groups).filter(([, group]) => Object.keys(group).length > 0))
        }
      }
      const files = CheckpointFormat.encode(written)
      const manifest = yield* CheckpointFormat.decodeManifest("x", files.manifest)
      const read = yield* Effect.fromResult(CheckpointFormat.decode("x", manifest, files.tensors))
      assert.deepStrictEqual(read.train.groups, written.train.groups)
      assert.strictEqual(CheckpointFormat.encode(read).manifest, files.manifest)
    })
  )
})

type Damage = (bytes: Uint8Array) => Uint8Array

describe("damage", () => {
  const damages: ReadonlyArray<readonly [name: string, damage: Damage]> = [
    ["cut short", (bytes) => bytes.subarray(0, -1)],
    ["with a bit turned", (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1)],
    ["emptied", () => new Uint8Array()],
    ["continued", (bytes) => Uint8Array.of(...bytes, 32)]
  ]
  const files = ["manifest.json", "tensors.safetensors"]
  it.effect.each(files.flatMap((file) => damages.map(([name, damage]) => [file, name, damage] as const)))(
    "of %s, %s, is told, and the checkpoint before it is taken",
    ([file, , damage]) =>
      inTemporary(() =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          yield* save(checkpoint(1))
          const newest = yield* save(checkpoint(2))
          yield* fs.writeFile(`${newest}/${file}`, damage(yield* fs.readFile(`${newest}/${file}`)))
          const { lines, result } = yield* logged(latest())
          assert.strictEqual(Option.getOrThrow(result).progress.step, 1)
          assert.strictEqual(lines.length, 1)
          assert.include(lines[0], `checkpoint ${newest} is damaged`)
        })
      )
  )

  it.effect.each([["manifest.json"], ["tensors.safetensors"]])("that took %s is told as well", ([file]) =>
    inTemporary(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* save(checkpoint(1))
        const newest = yield* save(checkpoint(2))
        yield* fs.remove(`${newest}/${file}`)
        const { lines, result } = yield* logged(latest())
        assert.strictEqual(Option.getOrThrow(result).progress.step, 1)
        assert.match(lines[0] ?? "", /is damaged: could not read .*it does not exist/)
      })
    )
  )

  it.effect("of all is an error that names them", () =>
    inTemporary(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const places = [yield* save(checkpoint(1, 0.5)), yield* save(checkpoint(2, 0.5))]
        yield* fs.writeFileString(`${places[0]}/manifest.json`, "{}")
        yield* fs.writeFileString(`${places[1]}/tensors.safetensors`, "")
        const { best } = yield* Checkpoints
        for (const found of [latest(), best("first run")]) {
          const error = yield* Effect.flip(found)
          assert.strictEqual(error._tag, "CheckpointError")
          for (const place of places) assert.include(error.message, place)
        }
      })
    )
  )

  it("of any byte of a checkpoint is found", () => {
    const { manifest, tensors } = CheckpointFormat.encode(checkpoint(3, 0.5))
    const text = new TextEncoder().encode(manifest)
    const decoder = new TextDecoder()
    const decode = (manifest: Uint8Array, tensors: Uint8Array) =>
      Effect.runSyncExit(
        CheckpointFormat.decodeManifest("x", decoder.decode(manifest)).pipe(
          Effect.flatMap((read) => Effect.fromResult(CheckpointFormat.decode("x", read, tensors)))
        )
      )
    assert.strictEqual(decode(text, tensors)._tag, "Success")
    for (let i = 0; i < text.length; i++) {
      assert.strictEqual(decode(text.with(i, (text[i] ?? 0) ^ 1), tensors)._tag, "Failure", `manifest, byte ${i}`)
      assert.strictEqual(decode(text.subarray(0, i), tensors)._tag, "Failure", `manifest of ${i} bytes`)
    }
    for (let i = 0; i < tensors.length; i++) {
      assert.strictEqual(decode(text, tensors.with(i, (tensors[i] ?? 0) ^ 128))._tag, "Failure", `tensors, byte ${i}`)
      assert.strictEqual(decode(text, tensors.subarray(0, i))._tag, "Failure", `tensors of ${i} bytes`)
    }
  })

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
