import * as Average from "../Average.js"
import type { Averaging } from "./Averaging.js"

/**
 * The average that a recipe's field describes.
 *
 * @category conversions
 */
export const average = (options: Averaging): Average.Average | undefined => {
  switch (options.kind) {
    case "none":
      return undefined
    case "ema":
      return Average.ema(options)
    case "swa":
      return Average.swa(options)
    case "lookahead":
      return Average.lookahead(options)
  }
}
