import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Schema } from "effect"
import { EvaluateResult, PlotResult, TrainResult } from "../../src/cli/Results.js"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import { DoctorReport } from "../../src/services/doctor/Doctor.js"
import * as Checkpoints from "../../src/services/run/Checkpoints.js"
import * as EventLog from "../../src/services/run/EventLog.js"
import * as Cli from "../support/Cli.js"

const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, text: string) =>
  Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(text)

/** Waits until the log of a run holds `text`. */
const logged = (file: string, text: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    for (;;) {
      const log = yield* Effect.orElseSucceed(fs.readFileString(file), () => "")
      if (log.includes(text)) return
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))
    }
  })

describe("the command line in a separate process", () => {
  it.effect(
    "doctor prints its report as the one JSON value; its status is whether all is well",
    () =>
      Effect.gen(function* () {
        const { exitCode, stdout } = yield* Cli.spawned(["doctor", "--json"])
        const report = yield* decode(DoctorReport, stdout)
        assert.strictEqual(exitCode, report.ok ? 0 : 1)
      }),
    60_000
  )

  it.effect(
    "wrong usage is reported on standard error, with status 2",
    () =>
      Effect.gen(function* () {
        const { exitCode, stderr, stdout } = yield* Cli.spawned(["train", "--set", "epochs=0", "--json"])
        assert.deepStrictEqual([exitCode, stdout], [2, ""])
        assert.include(stderr, "error: the configuration cannot be used:")
      }),
    60_000
  )

  it.effect(
    "a run stopped by Ctrl-C keeps everything, resumes where it was, and can be evaluated and plotted",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const out = `${yield* fs.makeTempDirectoryScoped()}/run`
        const train = [
          "train",
          "--preset",
          "mnist-cnn",
          "--set",
          "validation=0.9",
          "--set",
          "epochs=1",
          "--out",
          out,
          "--json"
        ]

        const stopped = yield* Cli.spawned(train, (kill) =>
          Effect.andThen(
            logged(`${out}/events.jsonl`, '"StepEnded"').pipe(Effect.provide(NodeServices.layer)),
            Effect.sync(() => kill("SIGINT"))
          )
        )
        assert.deepStrictEqual([stopped.exitCode, stopped.stdout], [130, ""], stopped.stderr)
        assert.include(stopped.stderr, `train --resume --out ${out}`)
        const { rest } = yield* EventLog.read(`${out}/events.jsonl`)
        assert.strictEqual(rest.at(-1)?._tag, "RunStopped")
        const steps = rest.filter(({ _tag }) => _tag === "StepEnded").length
        const kept = yield* Effect.flatMap(Checkpoints.Checkpoints, ({ list }) => list).pipe(
          Effect.provide(Checkpoints.Checkpoints.layerFileSystem(`${out}/checkpoints`))
        )
        assert.strictEqual(kept.entries.at(-1)?.manifest.progress.step, steps)

        const resumed = yield* Cli.spawned(["train", "--resume", "--out", out, "--json"])
        const result = yield* decode(TrainResult, resumed.stdout)
        assert.strictEqual(resumed.exitCode, 0)
        assert.deepStrictEqual([result.runDirectory, result.epochs, result.test.total], [out, 1, 10_000])
        assert.isAbove(result.test.metrics.accuracy ?? 0, 0.7)

        const again = yield* Cli.spawned(train)
        assert.deepStrictEqual([again.exitCode, again.stdout], [1, ""])
        assert.include(again.stderr, "already holds a run")

        const evaluated = yield* decode(
          EvaluateResult,
          (yield* Cli.spawned(["evaluate", "--run", out, "--json"])).stdout
        )
        assert.strictEqual(evaluated.metrics.accuracy, result.test.metrics.accuracy)
        const weights = ["--network", "mnist-cnn", "--weights", `${out}/weights.safetensors`]
        const fromFile = yield* decode(
          EvaluateResult,
          (yield* Cli.spawned(["evaluate", ...weights, "--dataset", "mnist", "--json"])).stdout
        )
        assert.deepStrictEqual(fromFile, evaluated)

        const tensors = (path: string) =>
          fs.readFile(path).pipe(
            Effect.flatMap((bytes) => Effect.fromResult(Safetensors.decode(bytes))),
            Effect.map(({ tensors }) => tensors)
          )
        yield* Cli.run("export", "--run", out, "--to", "safetensors", "--out", `${out}/exported`)
        assert.deepStrictEqual(yield* tensors(`${out}/exported`), yield* tensors(`${out}/weights.safetensors`))

        const before = yield* fs.readFileString(`${out}/report.html`)
        const { files } = yield* decode(PlotResult, (yield* Cli.spawned(["plot", "--run", out, "--json"])).stdout)
        for (const file of files) assert.isTrue(yield* fs.exists(file), file)
        assert.strictEqual(yield* fs.readFileString(`${out}/report.html`), before)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    180_000
  )
})
