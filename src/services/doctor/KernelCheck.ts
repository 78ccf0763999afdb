import { createRequire } from "node:module"
import { extname } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Effect, Option, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { isRight } from "./kernels/Case.js"
import * as Cases from "./kernels/Cases.js"

/**
 * A case that came out wrong, and how far off it was, or how its process ended.
 *
 * @category kernels
 */
export const WrongKernel = Schema.Struct({ name: Schema.String, reason: Schema.String })
export type WrongKernel = typeof WrongKernel.Type

/**
 * Whether the kernels compute the right numbers on this machine.
 *
 * @category kernels
 */
export const KernelReport = Schema.Struct({
  right: Schema.Boolean,
  /** How many cases were computed. */
  cases: Schema.Int,
  wrong: Schema.Array(WrongKernel)
})
export type KernelReport = typeof KernelReport.Type

/**
 * Compares every kind of kernel that training and evaluation use with a float64 computation, in a child process, because a wrong kernel may abort it.
 *
 * `kernels` are this library's where they are built, or TensorFlow's own. `env` is added to the child's environment, such as `ONEDNN_MAX_CPU_ISA`, which oneDNN reads once a process. The short form takes a few
 * seconds, all cases a minute or so.
 *
 * @category kernels
 */
export const check = ({
  env = {},
  form = "short",
  kernels = "auto"
}: {
  readonly form?: Cases.Form
  readonly kernels?: "auto" | "tensorflow"
  readonly env?: Readonly<Record<string, string>>
} = {}): Effect.Effect<KernelReport, never, ChildProcessSpawner.ChildProcessSpawner> =>
  checkIn(new URL(`./kernels/Main${extname(import.meta.url)}`, import.meta.url), {
    args: [form, kernels],
    env,
    minutes: form === "short" ? 3 : 15
  })

/**
 * The report of a program that prints `Cases.Result`s, one a line, and is stopped after so many minutes.
 *
 * @category checks
 */
export const checkIn = (
  program: URL,
  {
    args,
    env,
    minutes
  }: {
    readonly args: ReadonlyArray<string>
    readonly env: Readonly<Record<string, string>>
    readonly minutes: number
  }
): Effect.Effect<KernelReport, never, ChildProcessSpawner.ChildProcessSpawner> =>
  Effect.gen(function* () {
    const { spawn } = yield* ChildProcessSpawner.ChildProcessSpawner
    const { printed, said, ending } = yield* Effect.scoped(
      Effect.gen(function* () {
        const handle = yield* spawn(
          ChildProcess.make(process.execPath, [...loader(program), fileURLToPath(program), ...args], {
            stdin: "ignore",
            extendEnv: true,
            env: { ...dirtyMemory, ...env }
          })
        )
        return yield* Effect.all(
          { printed: lines(handle.stdout), said: lines(handle.stderr), ending: endingOf(handle.exitCode) },
          { concurrency: "unbounded" }
        )
      })
    ).pipe(
      Effect.timeoutOrElse({
        duration: `${minutes} minutes`,
        orElse: () => Effect.succeed({ printed: [], said: [], ending: `it did not end within ${minutes} minutes` })
      }),
      Effect.catch(({ message }) => Effect.succeed({ printed: [], said: [], ending: `it does not start: ${message}` }))
    )
    const results = printed.flatMap((line) => Option.toArray(Cases.parse(line)))
    const wrong = results.flatMap((result) => {
      const reason = reasonOf(result)
      return reason === null ? [] : [{ name: result.name, reason }]
    })
    const last = results.at(-1)?.name
    const ended: ReadonlyArray<WrongKernel> =
      ending === null
        ? []
        : [
            {
              name: last === undefined ? "the process of the check" : `whatever comes after "${last}"`,
              reason: [ending, ...said.filter((line) => !remark.test(line)).slice(-1)].join(": ")
            }
          ]
    const all = [...wrong, ...ended]
    return { right: all.length === 0, cases: results.length, wrong: all }
  })

/** What TensorFlow and Node print besides the reason of a failure. */
const remark = /^I\d{4} |^WARNING: All log messages|^Node\.js v/

/** Makes glibc fill what it hands out, so that a kernel that reads memory before it writes it is wrong every time. */
const dirtyMemory = { MALLOC_PERTURB_: "170" }

/** In a checkout the program is TypeScript. */
const loader = (program: URL): ReadonlyArray<string> =>
  program.pathname.endsWith(".ts")
    ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href]
    : []

const lines = <E>(bytes: Stream.Stream<Uint8Array, E>) =>
  bytes.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.filter((line) => line !== ""),
    Stream.runCollect
  )

/** How a process ended, if not well. */
const endingOf = <E extends Error>(exitCode: Effect.Effect<number, E>) =>
  Effect.match(exitCode, {
    onSuccess: (code) => (code === 0 ? null : `the process ended with status ${code}`),
    onFailure: ({ message }) => `the process was killed (${/SIG\w+/.exec(message)?.[0] ?? message})`
  })

const reasonOf = ({ measurements, thrown }: Cases.Result): string | null =>
  thrown ??
  (isRight(measurements)
    ? null
    : measurements
        .filter((one) => !isRight([one]))
        .map(
          ({ error, tolerance, what }) =>
            `${what} is off by ${error.toPrecision(2)} of its largest value (rounding: ${tolerance.toPrecision(2)})`
        )
        .join("; "))
