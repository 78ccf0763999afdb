import * as tf from "@tensorflow/tfjs-core"
import { Effect, type Fiber, type PlatformError, Schema } from "effect"
import { systemError } from "effect/PlatformError"
import type * as Random from "../src/internal/Random.js"
import type { Backend } from "../src/services/backend/Backend.js"
import { ReporterError } from "../src/services/run/Reporters.js"
import * as Plan from "../src/train/Plan.js"
import * as Policy from "../src/train/Policy.js"
import type { TrainEvent } from "../src/train/TrainEvent.js"
import type * as Files from "./Files.js"

/** Where something can go wrong: places that a run passes many times. */
export const sites = ["call", "write", "read", "event", "loss", "optimizer", "policy", "kernel"] as const
export type Site = (typeof sites)[number]

/** What can go wrong at each of them. */
const faults = {
  call: [
    "fails",
    "fails though it was done",
    "is slow",
    "interrupted before",
    "interrupted during",
    "interrupted after"
  ],
  write: ["disk full", "disk full from then on", "short", "interrupted during"],
  read: ["altered", "cut short", "fails", "fails from then on"],
  event: ["reporter fails", "reporter dies", "reporter throws", "reporter is slow", "interrupted"],
  loss: ["throws", "gives nothing", "is not a number", "gives a tensor that was disposed of"],
  optimizer: ["throws", "gives nothing"],
  policy: ["throws", "asks for a rate that is not a number"],
  kernel: ["throws"]
} as const satisfies Readonly<Record<Site, ReadonlyArray<string>>>

/** Something that goes wrong at the `after`-th time that a run passes a site. */
export interface Fault {
  readonly site: Site
  readonly what: string
  readonly after: number
}

/** How often a run passed each site. */
export type Counts = Record<Site, number>

export const noCounts = (): Counts => ({
  call: 0,
  write: 0,
  read: 0,
  event: 0,
  loss: 0,
  optimizer: 0,
  policy: 0,
  kernel: 0
})

/** Files go wrong more often than the rest. */
const weighted: ReadonlyArray<Site> = [
  "call",
  "call",
  "call",
  "write",
  "write",
  "read",
  "read",
  "event",
  "event",
  ...sites
]

export const draw = (random: Random.Generator, reach: Counts): Fault => {
  const site = pick(random, weighted)
  return { site, what: pick(random, faults[site]), after: random.below(reach[site]) }
}

export const pick = <A>(random: Random.Generator, choices: ReadonlyArray<A>): A => {
  const choice = choices[random.below(choices.length)]
  if (choice === undefined) throw new Error("nothing to pick from")
  return choice
}

const failure = (code: string, method: string): PlatformError.PlatformError =>
  systemError({ _tag: "Unknown", module: "FileSystem", method, cause: new Error(`${code}: injected`) })

/** A fault that waits for its moment, and the parts of a run that it can strike; without one they only count. */
export const make = (fault: Fault | undefined) => {
  const counts = noCounts()
  const seen = { struck: false, failed: new Set<string>() }
  let full = false
  let broken = false
  let fiber: Fiber.Fiber<unknown, unknown> | undefined
  const interrupt = Effect.sync(() => fiber?.interruptUnsafe())

  /** What goes wrong at this passing of a site, if anything does. */
  const strike = (site: Site): string | undefined => {
    if (counts[site]++ !== fault?.after || fault.site !== site) return undefined
    seen.struck = true
    return fault.what
  }

  const throwing = (site: Site): string | undefined => {
    const what = strike(site)
    if (what === "throws") throw new Error(`injected into ${site}`)
    return what
  }

  const around = <A, R>(call: Files.Call, run: Files.Fails<A, R>): Files.Fails<A, R> =>
    Effect.suspend(() => {
      const method = call.operation
      switch (strike("call")) {
        case "fails":
          return Effect.fail(failure("EIO", method))
        case "fails though it was done":
          return Effect.andThen(run, Effect.fail(failure("EIO", method)))
        case "is slow":
          return Effect.andThen(Effect.sleep(3), run)
        case "interrupted before":
          return Effect.andThen(interrupt, run)
        case "interrupted during":
          return Effect.andThen(later(interrupt), run)
        case "interrupted after":
          return Effect.tap(run, () => interrupt)
        default:
          return run
      }
    })

  const files: Files.Between = {
    call: around,
    write: (call, bytes, write) =>
      around(
        call,
        Effect.suspend(() => {
          const noSpace = Effect.fail(failure("ENOSPC", call.operation))
          const half = write(bytes.subarray(0, bytes.length >> 1))
          if (full) return noSpace
          switch (strike("write")) {
            case "disk full":
              return noSpace
            case "disk full from then on":
              full = true
              return Effect.andThen(half, noSpace)
            case "short":
              return Effect.andThen(half, noSpace)
            case "interrupted during":
              return Effect.andThen(later(interrupt), write(bytes))
            default:
              return write(bytes)
          }
        })
      ),
    read: (call, run) =>
      around(
        call,
        Effect.flatMap(run, (bytes) => {
          const failed = Effect.fail(failure("EIO", call.operation))
          if (broken) return failed
          switch (strike("read")) {
            case "altered":
              return Effect.succeed(
                bytes.map((byte, i) => (i === (counts.call * 7919) % bytes.length ? byte ^ 1 : byte))
              )
            case "cut short":
              return Effect.succeed(bytes.subarray(0, (counts.call * 7919) % (bytes.length + 1)))
            case "fails":
              return failed
            case "fails from then on":
              broken = true
              return failed
            default:
              return Effect.succeed(bytes)
          }
        })
      )
  }

  const reporter = {
    name: "struck",
    onEvent: (event: TrainEvent) => {
      if (event._tag === "ReporterFailed") seen.failed.add(event.reporter)
      switch (strike("event")) {
        case "reporter fails":
          return Effect.fail(new ReporterError({ reporter: "struck", reason: "injected", fix: "none" }))
        case "reporter dies":
          return Effect.die(new Error("injected"))
        case "reporter throws":
          throw new Error("injected")
        case "reporter is slow":
          return Effect.sleep(3)
        case "interrupted":
          return interrupt
        default:
          return Effect.void
      }
    }
  }

  const plan = (plan: Plan.Plan): Plan.Plan =>
    plan.pipe(
      Plan.loss({
        ...plan.loss,
        mean: (outputs, targets) => {
          const what = throwing("loss")
          const value = plan.loss.mean(outputs, targets)
          if (what === "gives nothing") return nothing()
          if (what === "is not a number") return tf.mul(value, Number.NaN)
          if (what === "gives a tensor that was disposed of") value.dispose()
          return value
        }
      }),
      Plan.optimizer({
        ...plan.optimizer,
        update: (...args) => {
          const what = throwing("optimizer")
          return what === "gives nothing" ? nothing() : plan.optimizer.update(...args)
        }
      }),
      Plan.policy(
        Policy.make({
          name: "struck",
          state: Schema.Null,
          initial: null,
          on: (state) => [state, throwing("policy") === undefined ? [] : [Policy.scaleRate(Number.NaN)]]
        })
      )
    )

  const backend = (backend: Backend["Service"]): Backend["Service"] => ({
    ...backend,
    kernels: new Proxy(backend.kernels, {
      get: (kernels, name, receiver) => {
        const kernel: unknown = Reflect.get(kernels, name, receiver)
        if (typeof kernel !== "function") return kernel
        return (...args: ReadonlyArray<unknown>): unknown => {
          throwing("kernel")
          return Reflect.apply(kernel, kernels, args)
        }
      }
    })
  })

  return {
    counts,
    /** Whether the fault has struck, and the other reporters that have failed. */
    seen,
    files,
    reporter,
    plan,
    backend,
    /** Says which fiber is interrupted. */
    watch: (running: Fiber.Fiber<unknown, unknown>) => {
      fiber = running
    }
  }
}

const later = <A>(effect: Effect.Effect<A>): Effect.Effect<void> =>
  Effect.sync(() => void setImmediate(() => Effect.runSync(effect)))

/** What a function gives that does not return what its type says. */
const nothing = <A>(): A => JSON.parse("null")
