import { Effect } from "effect"
import * as DatasetSource from "../services/DatasetSource.js"
import type { Settings } from "../services/RunConfig.js"

/** Where the settings say to look for data, with a line of the log at each tenth of a download. */
export const options = (data: Settings["data"]): DatasetSource.LoadOptions => {
  const tenths = new Map<string, number>()
  return {
    directory: data.dir ?? undefined,
    mirror: data.mirror ?? undefined,
    onProgress: ({ file, received, total }) => {
      const tenth = Math.floor((10 * received) / total)
      const before = tenths.get(file) ?? 0
      if (!(tenth > before)) return Effect.void
      tenths.set(file, tenth)
      return Effect.logInfo(`fetching ${file}: ${tenth * 10} % of ${(total / 1e6).toFixed(1)} MB`)
    }
  }
}

/** Loads a dataset as the settings say. */
export const load = Effect.fnUntraced(function* (name: string, data: Settings["data"]) {
  const source = yield* DatasetSource.DatasetSource
  return yield* source.load(name, options(data))
})
