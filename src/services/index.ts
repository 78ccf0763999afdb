export * as AuditPage from "./audit/AuditPage.js"
export * as DatasetAudit from "./audit/DatasetAudit.js"
export { Backend, type BackendReport } from "./backend/Backend.js"
export * as TensorScope from "./backend/TensorScope.js"
export * as BackendSettings from "./config/BackendSettings.js"
export * as DatasetSettings from "./config/DatasetSettings.js"
export * as FineTune from "./config/FineTune.js"
export * as RunConfig from "./config/RunConfig.js"
export { RunConfigError } from "./config/RunConfigError.js"
export {
  type Columns,
  DatasetInfo,
  DatasetSource,
  Fetched,
  type FolderOptions,
  type LoadOptions,
  type ReadOptions,
  readTable,
  type TableOptions
} from "./datasets/DatasetSource.js"
export * as Compare from "./directory/Compare.js"
export * as Predictor from "./directory/Predictor.js"
export * as ReportFiles from "./directory/ReportFiles.js"
export * as RunDirectory from "./directory/RunDirectory.js"
export * as RunInfo from "./directory/RunInfo.js"
export * as RunReport from "./directory/RunReport.js"
export * as Seeds from "./directory/Seeds.js"
export * as TrainedNetwork from "./directory/TrainedNetwork.js"
export * as Training from "./directory/Training.js"
export * as Doctor from "./doctor/Doctor.js"
export * as KernelCheck from "./doctor/KernelCheck.js"
export * as ModelExport from "./export/ModelExport.js"
export * as Files from "./files/Files.js"
export * as WeightFiles from "./files/WeightFiles.js"
export * as Loader from "./loader/Loader.js"
export { BackendError } from "./native/BackendError.js"
export * as NativeInstall from "./native/NativeInstall.js"
export * as Pretrained from "./pretrained/Pretrained.js"
export * as ContactSheet from "./report/ContactSheet.js"
export * as Spread from "./report/Spread.js"
export * as Csv from "./reporters/Csv.js"
export * as EpochTable from "./reporters/EpochTable.js"
export * as Jsonl from "./reporters/Jsonl.js"
export * as ProgressBar from "./reporters/ProgressBar.js"
export * as TensorBoard from "./reporters/TensorBoard.js"
export * as CheckpointFormat from "./run/CheckpointFormat.js"
export { Checkpoints } from "./run/Checkpoints.js"
export * as Evaluator from "./run/Evaluator.js"
export * as EventLog from "./run/EventLog.js"
export * as FindRate from "./run/FindRate.js"
export * as OverfitBatch from "./run/OverfitBatch.js"
export * as Preflight from "./run/Preflight.js"
export { type Reporter, ReporterError, Reporters } from "./run/Reporters.js"
export { type TrainError, Trainer, type TrainOptions, type TrainResult } from "./run/Trainer.js"
