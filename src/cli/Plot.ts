import { Effect } from "effect"
import * as Flags from "./Flags.js"
import * as Output from "./Output.js"
import { PlotResult } from "./Results.js"

/** `plot`: the curves and the report of a run, again, from its log. */
export const plot = Output.command(
  "plot",
  "Rebuild the curves, the report and the summary of a run from its log",
  { run: Flags.run },
  { schema: PlotResult, text: ({ files }) => files.join("\n") },
  Effect.fnUntraced(function* (flags) {
    // Loaded only now: the drawing of charts takes its time.
    const RunReport = yield* Effect.promise(() => import("../services/directory/RunReport.js"))
    const { run, cutLine } = yield* RunReport.rebuild(flags.run)
    if (cutLine !== null) yield* Effect.logWarning(`line ${cutLine} of ${run.events} is cut off and was left out`)
    return { runDirectory: run.path, files: [run.curvesSvg, run.curvesPng, run.report, run.summary], cutLine }
  })
)
