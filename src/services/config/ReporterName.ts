import * as Schema from "effect/Schema"

/** What a run may write in addition to its log and its report. In a file of its own, so that help and completions load nothing else. */
export const ReporterName = Schema.Literals(["csv", "tensorboard"])
export type ReporterName = typeof ReporterName.Type
