import * as DatasetSettings from "../services/config/DatasetSettings.js"
import { DatasetInfo } from "../services/datasets/DatasetSource.js"
import type * as Flags from "./Flags.js"

/** `data info`. */
export const run = ({ name }: Flags.Input<typeof Flags.data>) =>
  DatasetSettings.ask(name, (source) => source.info(name))

export const schema = DatasetInfo

export const text = (info: typeof DatasetInfo.Type): string =>
  [
    `${info.title}: ${info.trainImages} training and ${info.testImages} test images of ${info.height}x${info.width}x${info.channels}`,
    `classes: ${info.classNames.join(", ")}`,
    ...(info.mean && info.deviation
      ? [`mean ${info.mean.join(", ")}; deviation ${info.deviation.join(", ")} of pixels scaled to 0..1`]
      : []),
    ["folder", "shards", "csv"].includes(info.name)
      ? `read from ${info.path}`
      : info.cached
        ? `cached in ${info.path}`
        : `not in the cache (${info.path})`
  ].join("\n")
