import { DateTime, Effect, FileSystem, Option, Path, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { DatasetError } from "../../data/DatasetError.js"
import { sha256 } from "../../internal/Digest.js"
import { fileError } from "../files/Files.js"
import type { OfficialFile } from "./Catalogue.js"

/**
 * How much of a file has come, in bytes.
 *
 * @category models
 */
export interface Progress {
  readonly file: string
  readonly received: number
  readonly total: number
}

export const writeError = (what: string) => {
  const describe = fileError(what)
  return (error: Parameters<typeof describe>[0]) => {
    const { fix, reason } = describe(error)
    return new DatasetError({ op: "write", reason, fix, cause: error })
  }
}

const fetchError = (url: string, reason: string, cause?: unknown) =>
  new DatasetError({
    op: "fetch",
    reason: `${url}: ${reason}`,
    fix: "check the network connection and try again",
    ...(cause === undefined ? {} : { cause })
  })

const alteredError = (url: string, expected: string, actual: string) =>
  new DatasetError({
    op: "verify",
    reason: `${url} is truncated or altered: expected ${expected}, found ${actual}`,
    fix: "use another mirror, or a directory with the official files (EFFECT_TENSORFLOW_DATA_DIR)"
  })

/** Whether a file has the published sum, of which some publish only the first digits. */
export const isOfficial = (file: Pick<OfficialFile, "sha256">, digest: string): boolean =>
  digest.startsWith(file.sha256)

/** The client's requests that follow redirects, and whose errors name the address. */
const execute = Effect.fnUntraced(function* (url: string, asked: HttpClientRequest.HttpClientRequest) {
  const client = HttpClient.followRedirects(yield* HttpClient.HttpClient)
  return yield* client.execute(asked).pipe(
    Effect.mapError((error) => {
      const cause = error.reason.cause
      const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
      return fetchError(url, inner instanceof Error ? inner.message : error.message, error)
    }),
    Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(fetchError(url, "no answer within 10 seconds"))
    })
  )
})

/**
 * The bytes of the file at an address, as the server says.
 *
 * **Errors** `DatasetError` when it does not answer, has no such file or does not say.
 */
export const sizeAt = Effect.fnUntraced(function* (url: string) {
  const { headers, status } = yield* execute(url, HttpClientRequest.head(url))
  if (status !== 200) return yield* fetchError(url, `the server answered with status ${status}`)
  const bytes = Number(headers["content-length"])
  return bytes > 0 ? bytes : yield* fetchError(url, "the server does not say how large the file is")
})

/** Requests the bytes from `offset` on; the result has the body and the offset at which it really begins. */
const request = Effect.fnUntraced(function* (url: string, file: OfficialFile, offset: number) {
  const headers = { "accept-encoding": "identity", ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) }
  const response: HttpClientResponse.HttpClientResponse = yield* execute(
    url,
    HttpClientRequest.get(url).pipe(HttpClientRequest.setHeaders(headers))
  )
  if (response.status === 416) {
    return yield* alteredError(url, `${file.bytes} bytes`, `at most ${offset} bytes`)
  }
  const resumed = response.status === 206 && response.headers["content-range"]?.startsWith(`bytes ${offset}-`) === true
  if (response.status !== 200 && !resumed) {
    return yield* fetchError(url, `the server answered with status ${response.status}`)
  }
  const start = resumed ? offset : 0
  const length = response.headers["content-length"]
  if (length !== undefined && start + Number(length) !== file.bytes) {
    return yield* alteredError(url, `${file.bytes} bytes`, `${start + Number(length)} bytes`)
  }
  return { start, body: response.stream }
})

/** Fetches what is missing of `part`, once; the file keeps what came before a failure. */
const transfer = Effect.fnUntraced(function* (
  url: string,
  file: OfficialFile,
  part: string,
  offset: number,
  onProgress: (progress: Progress) => Effect.Effect<void>
) {
  const fs = yield* FileSystem.FileSystem
  const { body, start } = yield* request(url, file, offset)
  const failed = writeError(`could not write ${part}`)
  const target = yield* Effect.mapError(fs.open(part, { flag: start === 0 ? "w" : "a" }), failed)
  let received = start
  yield* body.pipe(
    Stream.mapError((error) =>
      fetchError(url, `the connection broke after ${received} bytes: ${error.message}`, error)
    ),
    Stream.timeoutOrElse({
      duration: "30 seconds",
      orElse: () => Stream.fail(fetchError(url, `nothing came for 30 seconds after ${received} bytes`))
    }),
    Stream.runForEach((chunk) => {
      received += chunk.length
      return received > file.bytes
        ? Effect.fail(alteredError(url, `${file.bytes} bytes`, "more"))
        : Effect.andThen(
            Effect.mapError(target.writeAll(chunk), failed),
            onProgress({ file: file.name, received, total: file.bytes })
          )
    })
  )
  if (received < file.bytes) {
    return yield* fetchError(url, `the connection ended after ${received} of ${file.bytes} bytes`)
  }
}, Effect.scoped)

/** The bytes in a file; 0 when there is none. */
const sizeOf = (path: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    return Number((yield* fs.stat(path)).size)
  }).pipe(Effect.orElseSucceed(() => 0))

/**
 * Takes over the file of an earlier, broken download by renaming it to `part`: of two processes only one succeeds.
 *
 * The file of another process counts as broken off when nothing was written to it for a minute.
 */
const claim = Effect.fnUntraced(
  function* (final: string, part: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const now = yield* DateTime.now
    const names = yield* fs.readDirectory(path.dirname(final))
    const base = path.basename(final)
    for (const name of names.filter((name) => name.startsWith(`${base}.`) && name.endsWith(".part"))) {
      const left = path.join(path.dirname(final), name)
      const info = yield* Effect.option(fs.stat(left))
      const idle = Option.flatMap(info, ({ mtime }) => mtime).pipe(
        Option.exists((mtime) => DateTime.toEpochMillis(now) - mtime.getTime() > 60_000)
      )
      if (left === `${final}.part` || idle) {
        const taken = yield* Effect.isSuccess(fs.rename(left, part))
        if (taken) {
          const time = DateTime.toEpochMillis(now) / 1000
          return yield* fs.utimes(part, time, time)
        }
      }
    }
  },
  (taking) => Effect.ignore(taking)
)

/**
 * Fetches a file into `directory` and gives its bytes, their size and SHA-256 checked.
 *
 * It is written under a temporary name and renamed when complete; a broken download is resumed, now or later, where the server allows.
 *
 * **Errors** `DatasetError`: `fetch` for the network, `verify` for other bytes than the official ones, `write` for the disk.
 */
export const download = Effect.fn("Download.download")(function* (
  url: string,
  file: OfficialFile,
  directory: string,
  onProgress: (progress: Progress) => Effect.Effect<void>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const final = path.join(directory, file.name)
  const earlier = yield* Effect.option(fs.readFile(final))
  if (Option.isSome(earlier) && isOfficial(file, sha256(earlier.value))) {
    return earlier.value
  }
  yield* Effect.mapError(fs.makeDirectory(directory, { recursive: true }), writeError(`could not make ${directory}`))
  const part = `${final}.${globalThis.crypto.randomUUID().slice(0, 8)}.part`
  yield* claim(final, part)

  const complete = Effect.gen(function* () {
    let resumed = false
    while (true) {
      const before = yield* sizeOf(part)
      resumed ||= before > 0
      const result = yield* Effect.result(
        before >= file.bytes ? Effect.void : transfer(url, file, part, before, onProgress)
      )
      if (result._tag === "Failure") {
        const came = (yield* sizeOf(part)) > before
        if (result.failure.op !== "fetch" || !came) {
          return yield* Effect.fail(result.failure)
        }
        yield* Effect.logInfo(`${result.failure.reason}; resuming from there`)
        continue
      }
      const bytes = yield* Effect.mapError(fs.readFile(part), writeError(`could not read ${part}`))
      const digest = sha256(bytes)
      if (isOfficial(file, digest)) {
        yield* Effect.mapError(fs.rename(part, final), writeError(`could not write ${final}`))
        return bytes
      }
      if (!resumed) {
        return yield* alteredError(url, `SHA-256 ${file.sha256}`, digest)
      }
      // The two parts may come from different versions of the file: start again, once.
      resumed = false
      yield* Effect.mapError(fs.remove(part), writeError(`could not remove ${part}`))
    }
  })
  return yield* complete.pipe(
    Effect.tapError((error) => (error.op === "fetch" ? Effect.void : Effect.ignore(fs.remove(part, { force: true })))),
    Effect.onError(() => Effect.ignore(fs.rename(part, `${final}.part`)))
  )
})
