import { execFile } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

/** Runs an example as its reader would, in a process of its own. */
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
    ["fine-tune", "head alone, rate 0.05"],
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
})
