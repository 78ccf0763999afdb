/**
 * Which parameters decay: all, or the weights alone: those of two or more dimensions, which no norm's scale and no bias has.
 *
 * **Source** timm's `param_groups_weight_decay`.
 *
 * @category models
 */
export type Decayed = "all" | "weights"

/** Whether a parameter is among them. Joined tensors have as many dimensions as each of their parts. */
export const isDecayed = (decayed: Decayed, { rank }: { readonly rank: number }): boolean =>
  decayed === "all" || rank > 1
