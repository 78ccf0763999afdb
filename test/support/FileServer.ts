import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

/** How a server misbehaves: it may cut connections after some bytes, or know no ranges. */
export interface Manners {
  readonly ranges: boolean
  /** Bytes after which each connection of the first `cuts` ones breaks. */
  readonly cutAfter: number
  readonly cuts: number
}

/** A request as the server saw it: the path and the range asked for. */
export interface Seen {
  readonly path: string
  readonly range: string | undefined
}

/** Serves the bytes given by path on a port of this machine, until the scope ends. */
export const make = (files: Readonly<Record<string, Uint8Array>>, manners: Partial<Manners> = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly address: string; readonly seen: Array<Seen>; readonly close: () => void }>(
        (resume) => {
          const seen: Array<Seen> = []
          const server = createServer((request, response) => {
            const path = request.url ?? ""
            const { range } = request.headers
            seen.push({ path, range })
            const file = files[path]
            if (file === undefined) {
              response.writeHead(404).end()
              return
            }
            const start = manners.ranges !== false && range !== undefined ? Number(/\d+/.exec(range)?.[0]) : 0
            if (start >= file.length) {
              response.writeHead(416).end()
              return
            }
            const body = file.subarray(start)
            response.writeHead(start > 0 ? 206 : 200, {
              "content-length": body.length,
              ...(start > 0 ? { "content-range": `bytes ${start}-${file.length - 1}/${file.length}` } : {})
            })
            if (
              manners.cutAfter !== undefined &&
              request.method !== "HEAD" &&
              seen.length <= (manners.cuts ?? Number.POSITIVE_INFINITY)
            ) {
              response.write(body.subarray(0, manners.cutAfter), () => setTimeout(() => response.destroy(), 20))
            } else {
              response.end(body)
            }
          })
          server.listen(0, "127.0.0.1", () => {
            const { port } = server.address() as AddressInfo
            const close = () => {
              server.closeAllConnections()
              server.close()
            }
            resume(Effect.succeed({ address: `http://127.0.0.1:${port}`, seen, close }))
          })
        }
      ),
      ({ close }) => Effect.sync(close)
    ),
    ({ address, seen }) => ({ address, seen })
  )
