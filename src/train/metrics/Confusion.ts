import type { Totals } from "../Metric.js"

/**
 * Confusion matrices, `[class][predicted]` counts, as totals over samples.
 *
 * @category totals
 */
export const confusion: Totals<ReadonlyArray<ReadonlyArray<number>>> = {
  empty: ({ width }) => Array.from({ length: width }, () => Array.from({ length: width }, () => 0)),
  ofBatch: ({ count, labels, predicted, width }) => {
    const counts = Array.from({ length: width }, () => Array.from({ length: width }, () => 0))
    for (let i = 0; i < count; i++) counts[labels[i]!]![predicted[i]!]! += 1
    return counts
  },
  combine: (a, b) => a.map((row, label) => row.map((count, predicted) => count + (b[label]?.[predicted] ?? 0)))
}
