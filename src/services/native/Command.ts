import { Effect, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { BackendError } from "./BackendError.js"

/** A program to run, and what to say when it fails. */
export interface Command {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly cwd?: string
  readonly env?: Record<string, string>
  /** What the program does, as in "cannot ...". */
  readonly purpose: string
  /** What to do when the program is not there. */
  readonly missing: string
}

/**
 * Runs a program to its end and gives what it printed.
 *
 * **Errors** `BackendError` when the program is missing or exits with another status than 0; the remedy depends on what it printed.
 */
export const run = (command: Command): Effect.Effect<string, BackendError, ChildProcessSpawner.ChildProcessSpawner> =>
  Effect.gen(function* () {
    const { spawn } = yield* ChildProcessSpawner.ChildProcessSpawner
    const handle = yield* spawn(
      ChildProcess.make(command.program, command.args, {
        stdin: "ignore",
        extendEnv: true,
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
        ...(command.env === undefined ? {} : { env: command.env })
      })
    )
    const printed = yield* handle.all.pipe(Stream.decodeText, Stream.mkString)
    return { printed, status: yield* handle.exitCode }
  }).pipe(
    Effect.scoped,
    Effect.mapError(
      (error) =>
        new BackendError({
          reason: `cannot ${command.purpose}: \`${command.program}\` does not start (${error.message})`,
          fix: command.missing,
          cause: error
        })
    ),
    Effect.flatMap(({ printed, status }) =>
      status === 0
        ? Effect.succeed(printed)
        : Effect.fail(
            new BackendError({
              reason: `cannot ${command.purpose}: \`${command.program}\` ended with status ${status}: ${telling(printed)}`,
              fix: remedies.find(([pattern]) => pattern.test(printed))?.[1] ?? command.missing
            })
          )
    )
  )

/** What a failed program may have printed, and what to do about it; the first that matches. */
const remedies: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /No space left|ENOSPC|Disk quota|EDQUOT/i,
    "free 4 GB on that disk (10 GB for CUDA), or set EFFECT_TENSORFLOW_CACHE to a folder on another one"
  ],
  [
    /DO NOT MATCH THE HASHES|EINTEGRITY|integrity checksum failed/i,
    "the file is not the one that was published: check the package mirror or proxy (`pip config list`, `npm config get registry`) and clear its cache (`pip cache purge`)"
  ],
  [/No module named pip/i, "install pip: `python3 -m ensurepip`, or `apt install python3-pip`"],
  [
    /EACCES|EROFS|Permission denied|Read-only file system/i,
    "set EFFECT_TENSORFLOW_CACHE to a folder that can be written"
  ],
  [
    /NewConnectionError|ConnectionError|Connection refused|Max retries|Could not find a version|Temporary failure|Network is unreachable|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ERR_SOCKET/i,
    "connect to the network, or set PIP_INDEX_URL and npm_config_registry to mirrors that can be reached; or copy an installed folder from another machine and name it in EFFECT_TENSORFLOW_NATIVE"
  ]
]

/** The first line that begins with an error, else the last one. */
const telling = (printed: string): string => {
  const lines = printed
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
  return (
    lines.find((line) => /^(npm )?error\b|: (fatal )?error\b|No module named/i.test(line)) ?? lines.at(-1) ?? "nothing"
  )
}
