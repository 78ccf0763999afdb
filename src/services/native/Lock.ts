import { hostname } from "node:os"
import { Duration, Effect, FileSystem, Option, type PlatformError, type Scope } from "effect"
import { isAlive } from "../files/Process.js"

/** How long a lock counts when its owner cannot be asked, because it runs on another machine. */
const patience = Duration.minutes(60)

/**
 * Holds the lock file `path` until the scope closes; waits while another living process holds it.
 *
 * The file names its owner. A lock whose owner is dead is taken over; should two processes do so at the same instant, both hold it, so
 * that what the lock guards must end in an atomic step anyway.
 */
export const hold = (
  path: string,
  onWait: (owner: string) => Effect.Effect<void>
): Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const own = `${process.pid} ${hostname()}`
    const take = fs.writeFileString(path, own, { flag: "wx" }).pipe(
      Effect.as(true),
      Effect.catchIf(
        ({ reason }) => reason._tag === "AlreadyExists",
        () => Effect.succeed(false)
      )
    )
    const acquire = Effect.gen(function* () {
      let told = false
      while (!(yield* take)) {
        const owner = yield* fs.readFileString(path).pipe(Effect.option)
        if (Option.isNone(owner)) continue
        if (yield* isStale(fs, path, owner.value)) {
          yield* fs.remove(path, { force: true })
          continue
        }
        if (!told) yield* onWait(owner.value)
        told = true
        yield* Effect.sleep("300 millis")
      }
    })
    yield* Effect.acquireRelease(acquire, () => Effect.ignore(fs.remove(path, { force: true })), {
      interruptible: true
    })
  })

const isStale = (fs: FileSystem.FileSystem, path: string, owner: string) =>
  Effect.gen(function* () {
    const [pid, host] = owner.split(" ")
    if (host === hostname()) return !isAlive(Number(pid))
    const { mtime } = yield* fs.stat(path)
    return Option.exists(mtime, (written) => Date.now() - written.getTime() > Duration.toMillis(patience))
  }).pipe(Effect.orElseSucceed(() => false))
