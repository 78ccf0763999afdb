/** The built-in metrics: `Plan.metrics([Metrics.accuracy, Metrics.topK(5)])`. */
export { accuracy, labelAccuracy, subsetAccuracy, topK } from "./metrics/Accuracy.js"
export { confusion } from "./metrics/Confusion.js"
export { CalibrationBin, ClassCount, Detail } from "./metrics/Detail.js"
export { MetricName, named, ofTask } from "./metrics/Names.js"
export { Average, balancedAccuracy, f1, f1Of, precision, precisionOf, recall, recallOf } from "./metrics/PerClass.js"
export { brier, calibrationError, logLoss } from "./metrics/Probability.js"
export { auc, averagePrecision } from "./metrics/Ranking.js"
export { mae, r2, rmse } from "./metrics/Regression.js"
