import * as Schema from "effect/Schema"

/**
 * The datasets known by name: the official ones, and a folder of your images.
 *
 * @category schemas
 */
export const DatasetName = Schema.Literals([
  "mnist",
  "fashion-mnist",
  "cifar10",
  "cifar100",
  "cifar100-coarse",
  "folder"
])
/** @category models */
export type DatasetName = typeof DatasetName.Type
