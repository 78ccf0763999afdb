import { Schema } from "effect"

/**
 * Test-time views: what of an image a network sees before it decides. The logits of the views are averaged.
 *
 * - `none`: the image alone.
 * - `flip`: the image and its mirror image.
 * - `flip-shift`: those two, and both of two copies shifted by one pixel along the diagonal, each way; the unshifted pair counts one half, the shifted ones the
 *   other. Pixels shifted in are those of a reflection at the border.
 *
 * **Source** `flip-shift` is the TTA of level 2 of KellerJordan/cifar10-airbench, arXiv:2404.00498, sec. 3.5.
 *
 * @category models
 */
export const Views = Schema.Literals(["none", "flip", "flip-shift"])
/** @category models */
export type Views = typeof Views.Type
