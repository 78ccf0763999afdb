import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, FileSystem, Option, type PlatformError, Result, Schema, type Scope } from "effect"
import { FileError, fileError } from "../files/Files.js"
import { isAlive } from "../files/Process.js"

/** Who holds a run directory: a process of a machine, told from a later one of the same number by when it began. */
const Owner = Schema.fromJsonString(
  Schema.Struct({ pid: Schema.Int, host: Schema.String, began: Schema.NullOr(Schema.String) })
)
type Owner = typeof Owner.Type

/** When a process began, in the system's own count; `null` where that is not told. */
const beginningOf = (pid: number): string | null => {
  try {
    // The name of the program, in brackets, may hold spaces; the beginning is the 20th field after it.
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").split(" ")[20] ?? null
  } catch {
    return null
  }
}

const self = (): Owner => ({ pid: process.pid, host: hostname(), began: beginningOf(process.pid) })

/** Locks that this process holds now. */
const held = new Set<string>()

const isHolding = (owner: Owner, lock: string): boolean =>
  owner.host !== hostname()
    ? true
    : owner.pid === process.pid
      ? held.has(lock)
      : isAlive(owner.pid) && (owner.began === null || owner.began === beginningOf(owner.pid))

/** `lock.3` is the third to hold the directory; the highest counts. */
const generationOf = (name: string): number => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0)

/** Whether a name in a run directory is that of a lock. */
export const isLock = (name: string): boolean => generationOf(name) > 0

/**
 * Holds a run directory until the scope closes, against every other process and fiber. A lock whose process is gone no longer counts.
 *
 * Each holder makes the file of the next number, which exactly one process can, and afterwards sees whether a later one is there: two that
 * find the same dead lock cannot both take it over.
 *
 * **Errors** `FileError` when the directory is held, with the process that holds it.
 */
export const hold = (directory: string): Effect.Effect<void, FileError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const failed = Effect.mapError(fileError(`could not lock ${directory}`))
    const generations = fs.readDirectory(directory).pipe(
      Effect.map((names) => names.map(generationOf).sort((a, b) => b - a)),
      failed
    )
    const at = (generation: number) => join(directory, `lock.${generation}`)

    const acquire = Effect.gen(function* () {
      const [last = 0] = yield* generations
      if (last > 0) {
        const owner = yield* fs.readFileString(at(last)).pipe(Effect.map(decodeOwner), Effect.option)
        const holder = Option.flatten(owner)
        if (Option.isSome(holder) && isHolding(holder.value, at(last))) return yield* inUse(directory, holder.value)
      }
      const own = at(last + 1)
      const made = yield* fs.writeFileString(own, Schema.encodeSync(Owner)(self()), { flag: "wx" }).pipe(
        Effect.as(true),
        Effect.catchIf(exists, () => Effect.succeed(false)),
        failed
      )
      const [highest = 0] = yield* generations
      if (!made || highest !== last + 1) {
        if (made) yield* Effect.ignore(fs.remove(own, { force: true }))
        return yield* inUse(directory, null)
      }
      held.add(own)
      if (last > 0) yield* Effect.ignore(fs.remove(at(last), { force: true }))
      return own
    })
    yield* Effect.acquireRelease(acquire, (own) =>
      // Emptied, not removed: the next holder must find the number taken.
      Effect.ignore(fs.writeFileString(own, "")).pipe(Effect.ensuring(Effect.sync(() => held.delete(own))))
    )
  })

const exists = ({ reason }: PlatformError.PlatformError): boolean => reason._tag === "AlreadyExists"

const decodeOwner = (text: string): Option.Option<Owner> => Result.getSuccess(Schema.decodeUnknownResult(Owner)(text))

const inUse = (directory: string, owner: Owner | null): Effect.Effect<never, FileError> =>
  Effect.fail(
    new FileError({
      reason: `${directory} is in use by ${owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`}`,
      fix: "wait until it ends, or stop it: it keeps a checkpoint"
    })
  )
