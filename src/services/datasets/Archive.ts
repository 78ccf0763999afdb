import { promisify } from "node:util"
import { gunzip } from "node:zlib"
import { Effect } from "effect"
import { Parser } from "tar"
import { DatasetError } from "../../data/DatasetError.js"
import type { Members } from "./Layout.js"

const unreadable = (name: string, bytes: Uint8Array) => (cause: unknown) =>
  new DatasetError({
    op: "decode",
    reason: `${name} (${bytes.length} bytes) cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`,
    fix: "fetch it again: it is truncated or altered"
  })

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1)

const untar = (name: string, bytes: Uint8Array) =>
  Effect.callback<Members, DatasetError>((resume) => {
    const contents: Array<Promise<readonly [string, Uint8Array]>> = []
    const fail = (cause: unknown) => resume(Effect.fail(unreadable(name, bytes)(cause)))
    const parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        contents.push(entry.concat().then((content) => [baseName(entry.path), content]))
      }
    })
    parser.on("error", fail)
    parser.on("end", () => {
      Promise.all(contents).then((members) => resume(Effect.succeed(new Map(members))), fail)
    })
    parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  })

/**
 * The members of a file: of a tar archive (gzipped or not) each of its files, of another gzipped file its content, else itself.
 *
 * **Errors** `DatasetError` when it ends early or is not what its name says.
 */
export const unpack = (name: string, bytes: Uint8Array): Effect.Effect<Members, DatasetError> => {
  if (/\.(tar|tgz|tar\.gz)$/.test(name)) {
    return untar(name, bytes)
  }
  return name.endsWith(".gz")
    ? Effect.tryPromise({ try: () => promisify(gunzip)(bytes), catch: unreadable(name, bytes) }).pipe(
        Effect.map((content) => new Map([[name.slice(0, -3), content]]))
      )
    : Effect.succeed(new Map([[name, bytes]]))
}
