import { execFileSync, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Result, Schema } from "effect"
import * as Processor from "../../src/services/native/Processor.js"
import type { Job, Name } from "./Job.js"
import { Timed } from "./Timed.js"

/** A program to be timed, each time in a process of its own; what it said last where it failed. */
export interface Program {
  readonly name: string
  readonly run: (job: Job) => Result.Result<Timed, string>
}

export const ours = "ours"

/** PyTorch as it comes, and the settings that may be faster: which is the fastest depends on the network. */
const settings = ["default", "channels_last", "compile", "compile channels_last"]

export const isPyTorch = (name: string): boolean => name.startsWith("PyTorch ")

// A strided 1x1 convolution of few channels in channels_last does not end in some versions of PyTorch.
const patience = 15 * 60_000

const run =
  (command: string, args: ReadonlyArray<string>, file: string, variables: Readonly<Record<string, string>>) =>
  (job: Job & { readonly setting?: string }): Result.Result<Timed, string> => {
    const path = fileURLToPath(new URL(file, import.meta.url))
    const { error, status, stderr, stdout } = spawnSync(command, [...args, path, JSON.stringify(job)], {
      encoding: "utf8",
      env: { ...process.env, ...variables },
      maxBuffer: 2 ** 26,
      timeout: patience
    })
    const lastOf = (text: string, has = /./) => text.split("\n").findLast((line) => has.test(line)) ?? ""
    return status === 0
      ? Result.mapError(decode(lastOf(stdout)), String)
      : Result.fail(error?.message ?? (lastOf(stderr, /Error/) || lastOf(stderr) || `exit status ${status}`))
  }

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Timed))

const script = (file: string, variables: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, ["--import", "tsx"], file, variables)

/** Python needs no more, and tf.layers, whose step takes seconds, no more either. */
const othersWarmUp = (job: Job): Job => ({ ...job, warmUp: Math.min(job.warmUp, 4) })

/** What caps the instructions of PyTorch's other kernels where ours and oneDNN's, which reads the same variable as TensorFlow's, are capped. */
export const caps: Readonly<Record<string, string>> =
  process.env.ONEDNN_MAX_CPU_ISA !== undefined && Processor.instructionSets()[0] === "avx2"
    ? { ATEN_CPU_CAPABILITY: "avx2", MKL_ENABLE_INSTRUCTIONS: "AVX2" }
    : {}

/** Which of the two packages an interpreter has. */
const packages = (python: string): ReadonlyArray<string> =>
  execFileSync(
    python,
    ["-c", "import importlib.util as u; print(*[n for n in ('torch', 'tensorflow') if u.find_spec(n)])"],
    { encoding: "utf8" }
  )
    .trim()
    .split(" ")

const inPython = (python: string): ReadonlyArray<Program> => {
  const found = packages(python)
  const torch = run(python, [], "./with_pytorch.py", caps)
  const tensorflow = run(python, [], "./with_tensorflow.py", { TF_ENABLE_ONEDNN_OPTS: "1", TF_CPP_MIN_LOG_LEVEL: "2" })
  return [
    ...(found.includes("torch")
      ? settings.map((setting) => ({ name: `PyTorch ${setting}`, run: (job: Job) => torch({ ...job, setting }) }))
      : []),
    ...(found.includes("tensorflow") ? [{ name: "TensorFlow tf.function", run: tensorflow }] : [])
  ]
}

/**
 * What is timed of a network: ours, what these interpreters have, and tf.layers, for which only the seminar's network is written down. That is timed with its defaults
 * here, and with those of processors for which TensorFlow does not turn oneDNN on by itself (without AVX512_VNNI, AVX_VNNI or AMX).
 */
export const of = (name: Name, pythons: ReadonlyArray<string>): ReadonlyArray<Program> => [
  { name: ours, run: script("./Ours.ts") },
  ...others(name, pythons).map(({ name, run }) => ({ name, run: (job: Job) => run(othersWarmUp(job)) }))
]

const others = (name: Name, pythons: ReadonlyArray<string>): ReadonlyArray<Program> => [
  ...pythons.flatMap(inPython),
  ...(name === "seminar"
    ? [
        { name: "tf.layers", run: script("./TfLayers.ts") },
        { name: "tf.layers without oneDNN", run: script("./TfLayers.ts", { TF_ENABLE_ONEDNN_OPTS: "0" }) }
      ]
    : [])
]
