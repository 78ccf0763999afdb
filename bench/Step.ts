/**
 * `npm run bench`: times one training step of the seminar's ResNet(5) side by side with tf.layers: in turn, each in separate processes. Prints the ratio.
 *
 * tf.layers is timed twice: with its defaults here, and with those of machines on which TensorFlow does not turn oneDNN on by itself (processors without AVX512_VNNI, AVX_VNNI or AMX).
 */
import { execFileSync } from "node:child_process"
import { cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { batchSize, steps, warmUp } from "./Settings.js"

const rounds = 3

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const run = (
  file: string,
  variables: Readonly<Record<string, string>> = {}
): { readonly millis: ReadonlyArray<number>; readonly report?: { readonly tensorflow: string } } =>
  JSON.parse(
    execFileSync(process.execPath, ["--import", "tsx", fileURLToPath(new URL(file, import.meta.url))], {
      encoding: "utf8",
      env: { ...process.env, ...variables },
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
const plain: Array<number> = []
let tensorflow = ""
for (let round = 0; round < rounds; round++) {
  const result = run("./Ours.ts")
  tensorflow = result.report!.tensorflow
  ours.push(median(result.millis.slice(warmUp)))
  layers.push(median(run("./TfLayers.ts").millis.slice(warmUp)))
  plain.push(median(run("./TfLayers.ts", { TF_ENABLE_ONEDNN_OPTS: "0" }).millis.slice(warmUp)))
  const millis = [ours, layers, plain].map((times) => times.at(-1)!.toFixed(0))
  print(
    `round ${round + 1}: ours ${millis[0]} ms, tf.layers ${millis[1]} ms, tf.layers without oneDNN ${millis[2]} ms a step`
  )
}
const base = median(ours)
print(
  `ResNet(5), batch ${batchSize}, TensorFlow ${tensorflow}, median of ${rounds} processes of ${steps - warmUp} steps:`
)
for (const [name, times] of Object.entries({ ours, "tf.layers": layers, "tf.layers without oneDNN": plain })) {
  const millis = median(times)
  print(`${name}: ${((batchSize / millis) * 1000).toFixed(0)} images/s, ${(millis / base).toFixed(2)} times our step`)
}
