import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect, FileSystem, Option, Result, Schema, type Scope } from "effect"
import { FileError, fileError, temporaryFor } from "../files/Files.js"
import { isAlive } from "../files/Process.js"

/** The owner of a lock: a process on a machine. `began` tells it from a later process with the same number; `id` is unique to the lock. */
const Owner = Schema.fromJsonString(
  Schema.Struct({ id: Schema.String, pid: Schema.Int, host: Schema.String, began: Schema.NullOr(Schema.String) })
)
type Owner = typeof Owner.Type

/** When a process started, in clock ticks since boot; `null` if the system does not say. */
const beginningOf = (pid: number): string | null => {
  try {
    // The name of the program, in brackets, may hold spaces; the beginning is the 20th field after it.
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").split(" ")[20] ?? null
  } catch {
    return null
  }
}

const self = (): Owner => ({
  id: globalThis.crypto.randomUUID(),
  pid: process.pid,
  host: hostname(),
  began: beginningOf(process.pid)
})

/** The locks that this process holds now, or is about to. */
const held = new Set<string>()

const isHolding = (owner: Owner): boolean =>
  owner.host !== hostname()
    ? true
    : owner.pid === process.pid
      ? held.has(owner.id)
      : isAlive(owner.pid) && (owner.began === null || owner.began === beginningOf(owner.pid))

/** `lock.3` is the third lock of the directory; the highest counts. */
const generationOf = (name: string): number => Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? 0)

/** Whether a name in a run directory is that of a lock. */
export const isLock = (name: string): boolean => generationOf(name) > 0

/**
 * Locks a run directory until the scope closes, against every other process and fiber. A lock whose process is gone does not count.
 *
 * A lock is a folder with its owner, made under a temporary name and renamed. The rename fails if the lock exists: of several processes that find the same dead lock,
 * one makes the next lock. It then checks that no later lock exists, because others may have taken and left that one already.
 *
 * **Errors** `FileError` if the directory is locked, with the process that holds it.
 */
export const hold = (directory: string): Effect.Effect<void, FileError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const failed = Effect.mapError(fileError(`could not lock ${directory}`))
    /** Those of the locks that are there, the latest first. */
    const generations = fs.readDirectory(directory).pipe(
      Effect.map((names) =>
        names
          .map(generationOf)
          .filter((generation) => generation > 0)
          .sort((a, b) => b - a)
      ),
      failed
    )
    const at = (generation: number) => join(directory, `lock.${generation}`)
    const remove = (path: string) => Effect.ignore(fs.remove(path, { recursive: true, force: true }))
    const write = (lock: string, text: string) => fs.writeFileString(join(lock, "owner"), text)

    /** Makes a lock; false where there is one already. */
    const claim = (lock: string, owner: Owner) => {
      const temporary = temporaryFor(lock)
      return fs.makeDirectory(temporary).pipe(
        Effect.andThen(write(temporary, Schema.encodeSync(Owner)(owner))),
        Effect.andThen(fs.rename(temporary, lock)),
        Effect.as(true),
        Effect.catch((error) =>
          Effect.flatMap(fs.exists(lock), (isThere) => (isThere ? Effect.succeed(false) : Effect.fail(error)))
        ),
        Effect.ensuring(remove(temporary)),
        failed
      )
    }

    const take = Effect.fnUntraced(function* (self: Owner) {
      const before = yield* generations
      const [last = 0] = before
      if (last > 0) {
        const holder = yield* fs.readFileString(join(at(last), "owner")).pipe(Effect.map(decodeOwner), Effect.option)
        const owner = Option.flatten(holder)
        if (Option.isSome(owner) && isHolding(owner.value)) return yield* inUse(directory, at(last), owner.value)
      }
      const own = at(last + 1)
      if (!(yield* claim(own, self))) return yield* inUse(directory, own, null)
      const [latest = 0] = yield* generations
      if (latest > last + 1) {
        yield* remove(own)
        return yield* inUse(directory, own, null)
      }
      // A process that was killed here has left more than one.
      yield* Effect.forEach(before, (generation) => remove(at(generation)))
      return own
    })

    yield* Effect.acquireRelease(
      Effect.suspend(() => {
        const owner = self()
        const drop = Effect.sync(() => held.delete(owner.id))
        held.add(owner.id)
        return take(owner).pipe(
          Effect.map((own) => ({ own, drop })),
          Effect.onError(() => drop)
        )
      }),
      // Emptied, not removed: the next holder must find the number taken.
      ({ drop, own }) => Effect.ensuring(Effect.ignore(write(own, "")), drop)
    )
  })

const decodeOwner = (text: string): Option.Option<Owner> => Result.getSuccess(Schema.decodeUnknownResult(Owner)(text))

const inUse = (directory: string, lock: string, owner: Owner | null): Effect.Effect<never, FileError> =>
  Effect.fail(
    new FileError({
      reason: `${directory} is in use by ${owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`}`,
      fix: `wait until it ends, or stop it: it keeps a checkpoint. If it no longer runs, remove ${lock}`
    })
  )
