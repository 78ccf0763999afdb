import * as DatasetSettings from "../services/config/DatasetSettings.js"
import { Fetched } from "../services/datasets/DatasetSource.js"
import type * as Flags from "./Flags.js"

/** `data fetch`. */
export const run = ({ name }: Flags.Input<typeof Flags.data>) =>
  DatasetSettings.ask(name, (source, options) => source.fetch(name, options))

export const schema = Fetched

export const text = ({ from, path }: typeof Fetched.Type): string => `${path} (from ${from})`
