import { availableParallelism, cpus } from "node:os"
import { Effect, type FileSystem, Option, Result, Schema } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import * as OwnKernels from "../backend/tensorflow/OwnKernels.js"
import * as TensorFlow from "../backend/tensorflow/TensorFlow.js"
import * as Build from "../native/Build.js"
import * as Command from "../native/Command.js"
import * as Locations from "../native/Locations.js"
import * as Processor from "../native/Processor.js"
import * as KernelCheck from "./KernelCheck.js"

/**
 * Something that is wrong, and what to do about it.
 *
 * @category models
 */
export const Problem = Schema.Struct({ what: Schema.String, fix: Schema.String })
export type Problem = typeof Problem.Type

/**
 * What this machine computes with, and what keeps it from computing faster.
 *
 * @category models
 */
export const DoctorReport = Schema.Struct({
  ok: Schema.Boolean,
  node: Schema.String,
  platform: Schema.String,
  /** What the automatic choice takes. */
  backend: Schema.Literals(["tensorflow", "wasm"]),
  tensorflow: Schema.NullOr(Schema.String),
  /** The folder of the addon's npm package. */
  addon: Schema.NullOr(Schema.String),
  onednn: Schema.Boolean,
  /** The build of this library's kernels; `null` where TensorFlow's own compute. */
  kernelBuild: Schema.NullOr(Schema.String),
  /** Whether the kernels compute the right numbers; `null` where TensorFlow does not load. */
  kernels: Schema.NullOr(KernelCheck.KernelReport),
  cpu: Schema.Struct({ model: Schema.String, cores: Schema.Int, flags: Schema.Array(Schema.String) }),
  threads: Schema.Int,
  gpu: Schema.Struct({ name: Schema.NullOr(Schema.String), used: Schema.Boolean }),
  cache: Schema.NullOr(Schema.String),
  problems: Schema.Array(Problem)
})
export type DoctorReport = typeof DoctorReport.Type

const reportIt = "and report the output of `effect-tensorflow doctor --json`"

/** What to do about wrong kernels. */
const otherKernels = (own: boolean, onednn: boolean): string =>
  own
    ? `compute with TensorFlow's own kernels (EFFECT_TENSORFLOW_KERNELS=tensorflow), ${reportIt}`
    : onednn
      ? `run \`TF_ENABLE_ONEDNN_OPTS=0 npx effect-tensorflow doctor\`, and keep that setting if its kernels are right; else compute with the wasm backend; ${reportIt}`
      : `compute with the wasm backend, ${reportIt}`

const installGpu = "run `npx effect-tensorflow native install --gpu`"

/**
 * Looks at the machine and loads TensorFlow; never fails, whatever is missing.
 *
 * @category diagnosis
 */
export const diagnose: Effect.Effect<
  DoctorReport,
  never,
  FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner
> = Effect.gen(function* () {
  const problems: Array<Problem> = []
  const report = (what: string, fix: string) => problems.push({ what, fix })

  const loaded = yield* Effect.result(TensorFlow.load())
  const addon = Result.isSuccess(loaded) ? loaded.success : null
  if (Result.isFailure(loaded)) {
    report(loaded.failure.reason, loaded.failure.fix)
    const tools = yield* Effect.all(Build.tools, { mode: "result" })
    for (const tool of tools) if (Result.isFailure(tool)) report(tool.failure.reason, tool.failure.fix)
  }
  yield* checkConfigured(report)

  const flags = Processor.extensions()
  if (flags !== null && !flags.includes("avx")) {
    report("the processor has no AVX, which TensorFlow's wheel needs", "use the wasm backend on this machine")
  }
  const onednn = addon !== null && process.env.TF_ENABLE_ONEDNN_OPTS === "1"
  if (addon !== null && !onednn) {
    report(
      `oneDNN is off (TF_ENABLE_ONEDNN_OPTS=${process.env.TF_ENABLE_ONEDNN_OPTS}); a step takes up to twice as long`,
      "unset TF_ENABLE_ONEDNN_OPTS"
    )
  }

  const own = addon && (yield* OwnKernels.load(addon))
  if (addon !== null && own === null && Build.isSupported && !addon.usesGpu) {
    report("this library's kernels are not built, and TensorFlow's own are slower", yield* howToBuild(addon.directory))
  }
  const kernels = addon === null ? null : yield* KernelCheck.check()
  if (kernels !== null && !kernels.right) {
    const what = own === null ? "TensorFlow computes" : "this library's kernels compute"
    report(`${what} wrong numbers on this machine: ${wrongOnes(kernels)}`, otherKernels(own !== null, onednn))
  }

  const gpu = yield* gpuName
  const used = addon?.usesGpu ?? false
  if (gpu !== null && addon !== null && !used) report(`TensorFlow does not use the ${gpu}`, installGpu)
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  const isKnown = major === 20 ? minor >= 19 : major === 22 ? minor >= 19 : major > 22
  if (!isKnown) {
    report(`Node.js ${process.versions.node} is not supported`, "install Node.js 22.19 or later, or 20.19")
  }
  if (addon !== null && addon.version !== Locations.versions.tensorflow) {
    report(
      `TensorFlow ${addon.version} is used, not the ${Locations.versions.tensorflow} that is tested`,
      "unset EFFECT_TENSORFLOW_NATIVE, and run `npx effect-tensorflow native install`"
    )
  }

  const cores = availableParallelism()
  return {
    ok: problems.length === 0,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    backend: addon === null ? "wasm" : "tensorflow",
    tensorflow: addon?.version ?? null,
    addon: addon?.directory ?? null,
    onednn,
    kernelBuild: own && OwnKernels.describe(own),
    kernels,
    cpu: { model: cpus()[0]?.model.trim() ?? process.arch, cores, flags: flags ?? [] },
    threads: addon === null ? 1 : Number(process.env.TF_NUM_INTRAOP_THREADS ?? cores),
    gpu: { name: gpu, used },
    cache: Option.getOrNull(yield* Effect.option(Locations.cache)),
    problems
  }
})

/**
 * The report as lines for a terminal.
 *
 * @category rendering
 */
export const render = (report: DoctorReport): string =>
  [
    ...Object.entries({
      "Node.js": `${report.node} (${report.platform})`,
      backend: report.backend,
      TensorFlow: report.tensorflow ?? "not installed",
      addon: report.addon ?? "none",
      oneDNN: report.onednn ? "on" : "off",
      kernels: kernelsText(report),
      processor: `${report.cpu.model}, ${report.cpu.cores} cores, ${report.cpu.flags.join(" ") || "flags unknown"}`,
      threads: String(report.threads),
      GPU: report.gpu.name === null ? "none" : `${report.gpu.name}, ${report.gpu.used ? "used" : "not used"}`,
      cache: report.cache ?? "none"
    }).map(([name, value]) => `${name.padEnd(10)}  ${value}`),
    "",
    ...(report.ok ? ["all is well"] : report.problems.map(({ what, fix }) => `problem: ${what}\n  fix: ${fix}`))
  ].join("\n")

const kernelsText = ({ kernelBuild, kernels }: DoctorReport): string =>
  kernels === null
    ? "none"
    : `${kernelBuild ?? "TensorFlow's own"}, ${kernels.right ? "right" : `wrong: ${wrongOnes(kernels)}`}`

/** The first few wrong kernels. */
const wrongOnes = ({ wrong }: KernelCheck.KernelReport): string => {
  const shown = wrong.slice(0, 3).map(({ name, reason }) => `${name} (${reason})`)
  return [...shown, ...(wrong.length > shown.length ? [`${wrong.length - shown.length} more`] : [])].join("; ")
}

/** They are built for the TensorFlow in the user's cache. */
const howToBuild = (directory: string | null) =>
  Effect.gen(function* () {
    const build =
      "run `npx effect-tensorflow native install`, which needs a C++ compiler for it (`apt install g++`, `dnf install gcc-c++`)"
    const from = (yield* Locations.candidates("auto")).find((location) => location.directory === directory)?.from
    return from === undefined || from === "cache"
      ? build
      : `${build}; it builds them for the TensorFlow in the user's cache, not for the one in ${from}`
  }).pipe(Effect.orElseSucceed(() => "set EFFECT_TENSORFLOW_CACHE to a writable folder"))

/** A folder given by configuration that has no addon is passed over when TensorFlow is loaded: say so here. */
const checkConfigured = (report: (what: string, fix: string) => void) =>
  Effect.gen(function* () {
    for (const { from, directory } of yield* Locations.candidates("auto")) {
      if (from === "EFFECT_TENSORFLOW_NATIVE" && !Locations.isBuilt(directory)) {
        report(
          `EFFECT_TENSORFLOW_NATIVE names a folder without ${Locations.binaryPath(directory)}`,
          "unset EFFECT_TENSORFLOW_NATIVE, or name a folder with a built node_modules/@tensorflow/tfjs-node-gpu"
        )
      }
    }
  }).pipe(Effect.catch((error) => Effect.sync(() => report(error.reason, error.fix))))

const gpuName = Command.run({
  program: "nvidia-smi",
  args: ["--query-gpu=name", "--format=csv,noheader"],
  purpose: "ask for the GPU",
  missing: "install NVIDIA's driver"
}).pipe(
  Effect.map((printed) => printed.trim().split("\n")[0] || null),
  Effect.orElseSucceed(() => null)
)
