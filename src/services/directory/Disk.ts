import { statfs } from "node:fs/promises"
import { Effect, FileSystem } from "effect"
import { fileError } from "../files/Files.js"
import { PreflightError } from "../run/Preflight.js"
import type { RunDirectory } from "./RunDirectory.js"

/** Checkpoints that are on the disk at once: the newest two, the best, and one that is being written. */
const checkpoints = 4

const text = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6).toLocaleString("en-US")} MB`

/** What is wrong with the free space for a run whose state has so many bytes. */
export const problem = (path: string, stateBytes: number, freeBytes: number): PreflightError | undefined => {
  const needed = checkpoints * stateBytes
  return freeBytes >= needed
    ? undefined
    : new PreflightError({
        check: "disk",
        reason: `the checkpoints of the run need ${text(needed)}, and the disk of ${path} has ${text(freeBytes)} left`,
        fix: "free some space, or choose a directory on another disk"
      })
}

/** Checks that the disk has room for a run's checkpoints; where the system does not tell, it has. */
export const checkSpace = Effect.fnUntraced(function* ({ path }: RunDirectory, stateBytes: number) {
  const disk = yield* Effect.orElseSucceed(
    Effect.tryPromise(() => statfs(path)),
    () => undefined
  )
  if (disk === undefined || disk.blocks === 0) return
  const found = problem(path, stateBytes, disk.bavail * disk.bsize)
  if (found !== undefined) return yield* found
})

/** Checks that checkpoints can be written where they are; the directory itself has the lock by now. */
export const checkPermission = Effect.fnUntraced(function* ({ checkpoints }: RunDirectory) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.access(checkpoints, { writable: true }).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "NotFound",
      () => Effect.void
    ),
    Effect.mapError(fileError(`checkpoints cannot be written in ${checkpoints}`))
  )
})
