import * as Schema from "effect/Schema"

/**
 * The datasets known by name: the official ones, and images of your own in a folder, in tar archives or listed in a table.
 *
 * @category schemas
 */
export const DatasetName = Schema.Literals([
  "mnist",
  "fashion-mnist",
  "cifar10",
  "cifar100",
  "cifar100-coarse",
  "folder",
  "shards",
  "csv"
])
/** @category models */
export type DatasetName = typeof DatasetName.Type
