/** Times one training step of the seminar's ResNet(5) side by side with tf.layers: in turn, each in processes of its own. Prints the ratio. */
import { execFileSync } from "node:child_process"
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { batchSize, steps, warmUp } from "./Settings.js"

const rounds = 3

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const run = (
  file: string
): { readonly millis: ReadonlyArray<number>; readonly report?: { readonly tensorflow: string } } =>
  JSON.parse(
    execFileSync(process.execPath, ["--import", "tsx", fileURLToPath(new URL(file, import.meta.url))], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"]
    })
  )

const print = (line: string) => process.stdout.write(`${line}\n`)
const flags = ["TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS"].flatMap((name) =>
  process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`]
)
print(`${cpus()[0]!.model}, ${cpus().length} cores, node ${process.version} ${flags.join(" ")}`)

const ours: Array<number> = []
const layers: Array<number> = []
let tensorflow = ""
for (let round = 0; round < rounds; round++) {
  const result = run("./Ours.ts")
  tensorflow = result.report!.tensorflow
  ours.push(median(result.millis.slice(warmUp)))
  layers.push(median(run("./TfLayers.ts").millis.slice(warmUp)))
  print(`round ${round + 1}: ours ${ours.at(-1)!.toFixed(0)} ms, tf.layers ${layers.at(-1)!.toFixed(0)} ms a step`)
}
const [a, b] = [median(ours), median(layers)]
print(
  `ResNet(5), batch ${batchSize}, TensorFlow ${tensorflow}, median of ${rounds} processes of ${steps - warmUp} steps: ` +
    `ours ${((batchSize / a) * 1000).toFixed(0)} images/s, tf.layers ${((batchSize / b) * 1000).toFixed(0)} images/s, ratio ${(b / a).toFixed(2)}`
)
