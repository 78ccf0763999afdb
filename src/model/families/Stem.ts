import { Schema } from "effect"

/**
 * The layers before the first stage: `imagenet` a 7x7 convolution of stride 2 and a max pool of stride 2, `cifar` a 3x3 convolution alone.
 *
 * @category models
 */
export const Stem = Schema.Literals(["imagenet", "cifar"])
/** @category models */
export type Stem = typeof Stem.Type
