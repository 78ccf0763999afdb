import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { NodeServices } from "@effect/platform-node"
import { Effect, FileSystem } from "effect"
import * as Random from "../src/internal/Random.js"
import { type BackendName, backendNames } from "./Backends.js"
import * as Bundle from "./Bundle.js"
import * as Files from "./Files.js"
import type { ChildOptions, Kill } from "./Kill.js"
import * as Outcome from "./Outcome.js"

/** How a child ended: of its own, or by SIGKILL in a phase. */
interface Ended {
  readonly lines: ReadonlyArray<string>
  readonly phase: string
  readonly killed: boolean
  /** From the moment that the run was taken up. */
  readonly millis: number
}

const run = (script: string, options: ChildOptions, killAfterMillis?: number): Effect.Effect<Ended> =>
  Effect.callback<Ended>((resume) => {
    const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ["ignore", "pipe", "ignore"] })
    const lines: Array<string> = []
    let began = 0
    let timer: NodeJS.Timeout | undefined
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line)
      if (line !== "begun" && line !== "resumed") return
      began = performance.now()
      if (killAfterMillis !== undefined) timer = setTimeout(() => child.kill("SIGKILL"), killAfterMillis)
    })
    child.on("close", (_, signal) => {
      clearTimeout(timer)
      const phase = lines.findLast((line) => line.startsWith("phase "))?.slice("phase ".length) ?? "start"
      resume(Effect.succeed({ lines, phase, killed: signal === "SIGKILL", millis: performance.now() - began }))
    })
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Where a run is killed, each as often as its share of 20 says; `reach` calls are made there in a whole run. */
const places = [
  { place: "checkpoint", share: 8, reach: 60 },
  { place: "log", share: 2, reach: 14 },
  { place: "event", share: 2, reach: 14 },
  { place: "run.json", share: 1, reach: 8 },
  { place: "report", share: 1, reach: 16 },
  { place: "weights", share: 1, reach: 4 },
  { place: "directory", share: 1, reach: 12 },
  { place: "lock", share: 1, reach: 2 }
]

const draw = (random: Random.Generator): Kill | "at a moment" => {
  let share = random.below(20)
  for (const { place, reach, share: own } of places) {
    if (share < own) {
      return { place, after: random.below(reach), when: (["before", "middle", "after"] as const)[random.below(3)]! }
    }
    share -= own
  }
  return "at a moment"
}

/** What happened to one run: how often it was killed in each phase, and what is wrong with what came out. */
export interface Killed {
  readonly seed: number
  readonly backend: BackendName
  readonly phases: ReadonlyArray<string>
  readonly problem: string | undefined
}

/** Kills one run again and again, until it is finished or was killed `most` times; then lets it finish, and compares it with one that was never killed. */
const torture = Effect.fnUntraced(function* (script: string, seed: number, backend: BackendName, most: number) {
  const fs = yield* FileSystem.FileSystem
  const parent = yield* Files.temporary
  const random = Random.make(seed, "kills", backend)
  const options = { seed, backend, kill: null }
  const whole = yield* run(script, { ...options, directory: `${parent}/whole` })
  const directory = `${parent}/killed`
  const phases: Array<string> = []
  let last = whole
  while (phases.length < most) {
    const kill = draw(random)
    last =
      kill === "at a moment"
        ? yield* run(script, { ...options, directory }, random.uniform() * whole.millis)
        : yield* run(script, { ...options, directory, kill })
    if (!last.killed) break
    phases.push(kill === "at a moment" ? `at a moment (${last.phase})` : last.phase)
  }
  if (last.killed) last = yield* run(script, { ...options, directory })
  const failure = last.lines.findLast((line) => line.startsWith("failed "))
  const problem =
    failure ??
    (yield* Effect.gen(function* () {
      const expected = yield* Outcome.read(`${parent}/whole`, { whole: true })
      return Outcome.difference(expected, yield* Outcome.read(directory, { whole: true }))
    }).pipe(Effect.catch((error) => Effect.succeed(error.message))))
  if (problem !== undefined) {
    const kept = yield* fs.makeTempDirectory({ prefix: "torture-" })
    yield* fs.copy(parent, `${kept}/runs`)
    return { seed, backend, phases, problem: `${problem}\n    its files: ${kept}` }
  }
  return { seed, backend, phases, problem }
}, Effect.scoped)

/** Kills runs, half of `count` times on each backend, one run on each at a time. */
export const kills = (options: {
  readonly seed: number
  readonly count: number
  readonly onRun: (killed: Killed) => void
}) =>
  Effect.gen(function* () {
    const script = yield* Bundle.child
    const all: Array<Killed> = []
    const worker = (backend: BackendName) =>
      Effect.gen(function* () {
        let left = Math.ceil(options.count / 2)
        for (let seed = options.seed; left > 0; seed++) {
          const killed: Killed = yield* torture(script, seed, backend, left)
          left -= killed.phases.length
          all.push(killed)
          options.onRun(killed)
        }
      })
    yield* Effect.forEach(backendNames, worker, { concurrency: 2 })
    return all
  }).pipe(Effect.provide(NodeServices.layer))
