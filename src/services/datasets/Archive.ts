import { addAbortSignal } from "node:stream"
import { buffer } from "node:stream/consumers"
import { createGunzip } from "node:zlib"
import { Effect } from "effect"
import { Parser } from "tar"
import { DatasetError } from "../../data/DatasetError.js"
import type { Members } from "./FileLayout.js"

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b

/** The content of gzipped bytes, piece by piece; rejects as soon as it is more than `limit` bytes. */
async function* gunzip(bytes: Uint8Array, limit: number, signal: AbortSignal) {
  const unzip = addAbortSignal(signal, createGunzip({ chunkSize: 2 ** 20 }))
  unzip.end(bytes)
  const pieces: AsyncIterable<Buffer> = unzip
  let size = 0
  for await (const piece of pieces) {
    size += piece.length
    if (size > limit) throw new Error(`it holds more than the ${limit} bytes that the dataset may have`)
    yield piece
  }
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1)

const untar = async (pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Members> => {
  const contents: Array<Promise<readonly [string, Uint8Array]>> = []
  const parser = new Parser({
    strict: true,
    // What is compressed inside is no tar archive, and would escape the limit.
    zstd: false,
    maxDecompressionRatio: 1,
    onReadEntry: (entry) => {
      contents.push(entry.concat().then((content) => [baseName(entry.path), content]))
    }
  })
  const ended = new Promise<void>((resolve, reject) => {
    parser.on("end", resolve)
    parser.on("error", reject)
  })
  const feed = async () => {
    for await (const piece of pieces) parser.write(piece)
    parser.end()
  }
  await Promise.all([feed(), ended])
  return new Map(await Promise.all(contents))
}

/**
 * The members of a file: of a tar archive (gzipped or not) each of its files, of another gzipped file its content, else itself.
 *
 * **Errors** `DatasetError` when it ends early, is not what its name says, or unpacks to more than `limit` bytes.
 */
export const unpack = (name: string, bytes: Uint8Array, limit: number): Effect.Effect<Members, DatasetError> => {
  const isTar = /\.(tar|tgz|tar\.gz)$/.test(name)
  if (!isTar && !name.endsWith(".gz")) {
    return Effect.succeed(new Map([[name, bytes]]))
  }
  return Effect.tryPromise({
    try: async (signal): Promise<Members> => {
      if (!isTar) return new Map([[name.slice(0, -3), await buffer(gunzip(bytes, limit, signal))]])
      return untar(
        isGzip(bytes) ? gunzip(bytes, limit, signal) : [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)]
      )
    },
    catch: (cause) =>
      new DatasetError({
        op: "decode",
        reason: `${name} (${bytes.length} bytes) cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`,
        fix: "fetch it again: it is truncated or altered",
        cause
      })
  })
}
