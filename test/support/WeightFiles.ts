import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import * as WeightFile from "../../src/model/weights/WeightFile.js"

const directory = fileURLToPath(new URL("../pretrained", import.meta.url))

/** A file under test/pretrained. */
export const bytes = (name: string): Effect.Effect<Uint8Array> =>
  Effect.promise(async () => new Uint8Array(await readFile(`${directory}/${name}`)))

/** Its tensors. */
export const decode = (file: Uint8Array) => Effect.fromResult(WeightFile.decode(file))

/** The tensors of a safetensors file under test/pretrained. */
export const safetensors = (name: string) =>
  Effect.flatMap(bytes(name), (file) =>
    Effect.map(Effect.fromResult(Safetensors.decode(file)), ({ tensors }) => tensors)
  )
