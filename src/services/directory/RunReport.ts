import { Effect } from "effect"
import { writeAtomic } from "../files/Files.js"
import * as Report from "../report/Report.js"
import * as EventLog from "../run/EventLog.js"
import * as RunDirectory from "./RunDirectory.js"

/**
 * Makes the curves, the report and the summary of the run in `directory` from its log, and writes them there.
 *
 * The same log gives the same bytes. `cutLine` is the number of the last line if a kill left it half-written and it was not used, else null.
 *
 * @category reports
 */
export const rebuild = Effect.fn("RunReport.rebuild")(function* (directory: string) {
  const run = yield* RunDirectory.open(directory)
  const log = yield* EventLog.read(run.events)
  const report = yield* Report.render(log.started, log.rest)
  yield* writeAtomic(run.curvesSvg, report.curvesSvg)
  yield* writeAtomic(run.curvesPng, report.curvesPng)
  yield* writeAtomic(run.report, report.html)
  yield* writeAtomic(run.summary, report.summary)
  return { run, cutLine: log.cutLine, summary: report.summary }
})
