import { Effect } from "effect"
import * as RunReport from "../services/directory/RunReport.js"
import type * as Flags from "./Flags.js"
import { PlotResult } from "./Results.js"

/** `plot`: the curves and the report of a run, again, from its log. */
export const run = Effect.fnUntraced(function* (flags: Flags.Input<typeof Flags.plot>) {
  const { run, cutLine } = yield* RunReport.rebuild(flags.run)
  if (cutLine !== null) yield* Effect.logWarning(`line ${cutLine} of ${run.events} is cut off and was left out`)
  return { runDirectory: run.path, files: [run.curvesSvg, run.curvesPng, run.report, run.summary], cutLine }
})

export const schema = PlotResult

export const text = ({ files }: typeof PlotResult.Type): string => files.join("\n")
