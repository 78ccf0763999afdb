import { execFile } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Data from "./support/Data.js"

/** Runs an example as its reader would, in a separate process. */
const run = (name: string) =>
  Effect.callback<{ readonly exitCode: number; readonly output: string }>((resume) => {
    const child = execFile(process.execPath, ["--import", "tsx", `examples/${name}.ts`], (_error, stdout, stderr) =>
      resume(Effect.succeed({ exitCode: child.exitCode ?? -1, output: stdout + stderr }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("the examples", () => {
  it.effect.each([
    ["mnist-cnn", "of 2000 unseen digits"],
    ["shape-error", "use the shortcut identityPadding(16, 32) or projection(16, 32)"],
    ["cifar10-resnet", "step 8: loss"],
    ["swap-layers", "pass 2"],
    ["own-layer", "block.2.weight starts at 1e-6"],
    ["own-data", "of 100 unseen bars apart"],
    ["own-loss", "on 64 unseen spots"],
    ["own-policy", "steps: the accuracy reached 0.9"],
    ["http-server", "cancelled; 0 tensors left"],
    ["pretrained", "of 10000 right"]
  ] as const)(
    "%s",
    ([name, says]) =>
      Effect.gen(function* () {
        const { exitCode, output } = yield* run(name)
        assert.strictEqual(exitCode, 0, output)
        assert.include(output, says)
      }),
    120_000
  )

  it("fine-tune", { timeout: 300_000 }, async (context) => {
    // No package registry has CIFAR-100.
    const unavailable = await Effect.runPromise(Data.unavailable("cifar100"))
    if (unavailable !== undefined) {
      console.warn(`NOT TESTED: examples/fine-tune.ts, whose data cannot be had here.\n${unavailable}`)
      context.skip("CIFAR-100 cannot be had here")
    }
    const { exitCode, output } = await Effect.runPromise(run("fine-tune"))
    assert.strictEqual(exitCode, 0, output)
    assert.include(output, "head alone, rate 0.05")
  })
})
