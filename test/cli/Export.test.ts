import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Result, Schema } from "effect"
import { schema as ExportResult } from "../../src/cli/Export.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Init from "../../src/model/Init.js"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Files from "../../src/services/files/Files.js"
import * as Cli from "../support/Cli.js"
import { assertClose } from "../support/Close.js"
import { imagesFor, layersLogits, logits, onnxLogits } from "../support/Exported.js"

const network = MnistCnn.make()
const weights = Init.init(network, 1)
const images = imagesFor(network, 2)

/** A directory with weights in it, and the words of a command that exports them. */
const prepared = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const file = `${directory}/weights.safetensors`
  yield* fs.writeFile(
    file,
    Safetensors.encode({ tensors: Result.getOrThrow(Weights.toTorch(network, weights)), metadata: {} })
  )
  const run = (to: string, out: string) =>
    Cli.run("export", "--network", "mnist-cnn", "--weights", file, "--to", to, "--out", out, "--json")
  return { fs, directory, file, run }
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(ExportResult))

it.effect("export --to layers writes a directory that TensorFlow.js loads", () =>
  Effect.gen(function* () {
    const { directory, fs, run } = yield* prepared
    const { exitCode, stdout } = yield* run("layers", `${directory}/new/web`)
    const result = yield* decode(stdout)
    assert.deepStrictEqual([exitCode, result.path], [0, `${directory}/new/web`])
    assert.sameMembers(yield* fs.readDirectory(result.path), [...result.files])
    const files = yield* Effect.forEach(result.files, (name) =>
      Effect.map(fs.readFile(`${result.path}/${name}`), (content) => [name, content] as const)
    )
    assertClose(yield* layersLogits(files, images), yield* logits(network, weights, images), 1e-5)
    assert.deepStrictEqual(yield* fs.readDirectory(`${directory}/new`), ["web"])
  }).pipe(Effect.provide([NodeServices.layer, Backend.layerCpu]))
)

it.effect("export --to onnx writes a file that ONNX Runtime loads", () =>
  Effect.gen(function* () {
    const { directory, fs, run } = yield* prepared
    const { path } = yield* decode((yield* run("onnx", `${directory}/model.onnx`)).stdout)
    assertClose(yield* onnxLogits(yield* fs.readFile(path), images), yield* logits(network, weights, images), 1e-5)
  }).pipe(Effect.provide([NodeServices.layer, Backend.layerCpu]))
)

it.effect("export --to safetensors gives back the weights that came in", () =>
  Effect.gen(function* () {
    const { directory, fs, run } = yield* prepared
    const { path } = yield* decode((yield* run("safetensors", `${directory}/out.safetensors`)).stdout)
    const { metadata, tensors } = yield* Effect.fromResult(Safetensors.decode(yield* fs.readFile(path)))
    assert.deepStrictEqual(tensors, Result.getOrThrow(Weights.toTorch(network, weights)))
    assert.deepStrictEqual(metadata, { format: "pt", network: "mnist-cnn" })
  }).pipe(Effect.provide(NodeServices.layer))
)

it.effect("what is there already is never overwritten, and no path is taken that cannot be", () =>
  Effect.gen(function* () {
    const { directory, file, fs, run } = yield* prepared
    const before = yield* fs.readFile(file)
    for (const [to, out, problem] of [
      ["layers", directory, "exists already"],
      ["onnx", file, "exists already"],
      ["safetensors", file, "exists already"],
      ["layers", `${file}/web`, "a part of its path is a file"],
      ["onnx", `${file}/model.onnx`, "a part of its path is a file"]
    ] as const) {
      const { exitCode, stderr, stdout } = yield* run(to, out)
      assert.deepStrictEqual([exitCode, stdout], [1, ""])
      assert.include(stderr, out)
      assert.include(stderr, problem)
    }
    assert.deepStrictEqual(yield* fs.readFile(file), before)
    assert.deepStrictEqual(yield* fs.readDirectory(directory), ["weights.safetensors"])
  }).pipe(Effect.provide(NodeServices.layer))
)

it.effect("a directory that cannot be written whole leaves nothing behind", () =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const directory = yield* fs.makeTempDirectoryScoped()
    const files = [
      ["first.bin", "1"],
      ["no such folder/second.bin", "2"]
    ] as const
    const error = yield* Effect.flip(Files.writeDirectoryAtomic(`${directory}/web`, files))
    assert.strictEqual(error._tag, "FileError")
    assert.deepStrictEqual(yield* fs.readDirectory(directory), [])
  }).pipe(Effect.provide(NodeServices.layer))
)
