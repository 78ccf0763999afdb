import { Schema } from "effect"
import type { Policy } from "../Policy.js"
import { BudgetOptions, budget, SaveEveryMinutesOptions, saveEveryMinutes } from "../policies/Budget.js"
import { DivergenceOptions, divergence } from "../policies/Divergence.js"
import { EarlyStoppingOptions, earlyStopping } from "../policies/EarlyStopping.js"
import { EvaluateEveryOptions, evaluateEvery } from "../policies/EvaluateEvery.js"
import { KeepBestOptions, keepBest } from "../policies/KeepBest.js"
import { KeepLastOptions, keepLast } from "../policies/KeepLast.js"
import { PlateauOptions, plateau } from "../policies/Plateau.js"

const kind = <const Kind extends string, const Fields extends Schema.Struct.Fields>(
  kind: Kind,
  { fields }: Schema.Struct<Fields>
) => Schema.Struct({ kind: Schema.Literal(kind), ...fields })

/**
 * A built-in policy as data: its kind and its options.
 *
 * @category schemas
 */
export const PolicySpec = Schema.Union([
  kind("earlyStopping", EarlyStoppingOptions),
  kind("plateau", PlateauOptions),
  kind("keepBest", KeepBestOptions),
  kind("keepLast", KeepLastOptions),
  kind("budget", BudgetOptions),
  kind("saveEveryMinutes", SaveEveryMinutesOptions),
  kind("divergence", DivergenceOptions),
  kind("evaluateEvery", EvaluateEveryOptions)
])
/** @category schemas */
export type PolicySpec = typeof PolicySpec.Type

/**
 * The policy of a spec.
 *
 * @category conversions
 */
export const policy = (spec: PolicySpec): Policy => {
  switch (spec.kind) {
    case "earlyStopping":
      return earlyStopping(spec)
    case "plateau":
      return plateau(spec)
    case "keepBest":
      return keepBest(spec)
    case "keepLast":
      return keepLast(spec)
    case "budget":
      return budget(spec)
    case "saveEveryMinutes":
      return saveEveryMinutes(spec)
    case "divergence":
      return divergence(spec)
    case "evaluateEvery":
      return evaluateEvery(spec)
  }
}
