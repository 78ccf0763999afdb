import type { Effect } from "effect"

/** A thing of ours beside its reference value: one row of a contract table. */
export interface Row {
  readonly name: string
  /** Where the reference value comes from, with the version: "torch 2.10.0, torch.optim.AdamW". */
  readonly source: string
  /** The reference value, as short text. */
  readonly reference: string
  /** The largest difference that passes, as short text: "1e-5", or "exact". */
  readonly tolerance: string
  /** Fails when ours is further from the reference value than the tolerance. */
  readonly check: Effect.Effect<void>
}
