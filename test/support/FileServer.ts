import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

/** How a server misbehaves: it may cut connections after some bytes, or know no ranges. */
export interface Manners {
  readonly ranges: boolean
  /** Bytes after which each connection of the first `cuts` ones sends no more, and waits to be cut. */
  readonly cutAfter: number
  readonly cuts: number
}

/** A request as the server saw it: the path and the range asked for. */
export interface Seen {
  readonly path: string
  readonly range: string | undefined
}

/**
 * Serves the bytes given by path on a port of this machine, until the scope ends.
 *
 * `cut` breaks the connections that wait for it. Their client should have read what was sent: of a broken connection it loses what it has not read.
 */
export const make = (files: Readonly<Record<string, Uint8Array>>, manners: Partial<Manners> = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{
        readonly address: string
        readonly seen: Array<Seen>
        readonly cut: Effect.Effect<void>
        readonly close: () => void
      }>((resume) => {
        const seen: Array<Seen> = []
        const waiting: Array<ServerResponse> = []
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
            waiting.push(response)
            response.write(body.subarray(0, manners.cutAfter))
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
          const cut = Effect.sync(() => {
            for (const response of waiting.splice(0)) response.destroy()
          })
          resume(Effect.succeed({ address: `http://127.0.0.1:${port}`, seen, cut, close }))
        })
      }),
      ({ close }) => Effect.sync(close)
    ),
    ({ address, cut, seen }) => ({ address, cut, seen })
  )
