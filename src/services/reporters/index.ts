export * as EpochTable from "./EpochTable.js"
export * as Jsonl from "./Jsonl.js"
export * as Progress from "./Progress.js"
export * as ReportFiles from "./ReportFiles.js"
