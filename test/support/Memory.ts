import { assert } from "@effect/vitest"
import type { ImageSet } from "../../src/data/ImageSet.js"
import { type Images, isStored } from "../../src/data/Images.js"
import type { Task } from "../../src/data/Targets.js"

/** The set, which is in memory. */
export const memory = <T extends Task>(set: Images<T>): ImageSet<T> => {
  if (isStored(set)) return assert.fail("the set is stored")
  return set
}
