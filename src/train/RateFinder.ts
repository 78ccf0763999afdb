/**
 * The range of learning rates that is searched; the defaults are fastai's: from 1e-7 to 10 in 100 steps.
 *
 * @category models
 */
export interface Range {
  readonly from: number
  readonly to: number
  readonly steps: number
}

/** The default range. @category constructors */
export const defaultRange: Range = { from: 1e-7, to: 10, steps: 100 }

/**
 * A step of a search: its rate, its loss, and the smoothed loss up to it.
 *
 * @category models
 */
export interface Point {
  readonly rate: number
  readonly loss: number
  readonly smoothed: number
}

/**
 * A search for a learning rate after some steps. It has ended when all steps are done, or the smoothed loss is above 4 times its lowest value, or a loss is not finite.
 *
 * @category models
 */
export interface Search {
  readonly range: Range
  readonly points: ReadonlyArray<Point>
  /** The exponential average of the losses, which begins at 0. */
  readonly average: number
  readonly lowest: number
  readonly ended: boolean
}

/** How much of the average remains at each step. */
const decay = 0.98

/** The smoothed loss that ends a search, in multiples of the lowest. */
const diverged = 4

/**
 * A search before its first step.
 *
 * @category constructors
 */
export const start = (range: Partial<Range> = {}): Search => ({
  range: { ...defaultRange, ...range },
  points: [],
  average: 0,
  lowest: Number.POSITIVE_INFINITY,
  ended: false
})

/**
 * The rate of the next step: they rise by the same factor from step to step.
 *
 * @category accessors
 */
export const rate = ({ points, range: { from, steps, to } }: Search): number =>
  from * (to / from) ** (points.length / steps)

/**
 * The search after a step with this loss at its rate.
 *
 * **Source** Smith 2017, arXiv:1506.01186, sec. 3.3; smoothing and end are those of fastai's `LRFinder`.
 *
 * @example
 * ```ts
 * import { RateFinder } from "effect-tensorflow/train"
 *
 * // A loss that falls to 1 at a rate of 0.1, and then rises.
 * const lossAt = (rate: number) => 1 + (Math.log10(rate) + 1) ** 2 / 10
 * let search = RateFinder.start({ from: 1e-5, to: 10 })
 * while (!search.ended) search = RateFinder.add(search, lossAt(RateFinder.rate(search)))
 *
 * search.points.length // => 101
 * ```
 *
 * @category transitions
 */
export const add = (search: Search, loss: number): Search => {
  if (!Number.isFinite(loss)) return { ...search, ended: true }
  const count = search.points.length + 1
  const average = decay * search.average + (1 - decay) * loss
  const smoothed = average / (1 - decay ** count)
  const lowest = Math.min(search.lowest, smoothed)
  return {
    range: search.range,
    points: [...search.points, { rate: rate(search), loss, smoothed }],
    average,
    lowest,
    ended: smoothed > diverged * lowest || count > search.range.steps
  }
}

/**
 * The suggested rates: `valley` is within the longest fall of the smoothed loss, `steepest` where it falls fastest.
 *
 * @category models
 */
export interface Suggestion {
  readonly valley: number
  readonly steepest: number
}

/**
 * The suggested rates of a search; `null` if it ended before there was enough to see.
 *
 * The first tenth of the steps and the last five points are left out. `valley` finds the longest falling subsequence of the smoothed losses, ending at the point `end` and `length` points
 * long, and takes the point half of the way through the middle third of the `length` points before `end`.
 *
 * **Source** fastai's `valley`, its default, and `steep`.
 *
 * @category accessors
 */
export const suggest = ({ points, range }: Search): Suggestion | null => {
  const seen = points.slice(Math.floor(range.steps / 10), -5)
  const valley = seen[valleyOf(seen.map(({ smoothed }) => smoothed))]
  const slopes = seen.slice(1).map(({ rate, smoothed }, i) => {
    const before = seen[i]
    return before === undefined ? 0 : (smoothed - before.smoothed) / Math.log(rate / before.rate)
  })
  const steepest = seen[slopes.indexOf(Math.min(...slopes))]
  return valley === undefined || steepest === undefined ? null : { valley: valley.rate, steepest: steepest.rate }
}

const valleyOf = (losses: ReadonlyArray<number>): number => {
  const lengths = losses.map(() => 1)
  const lengthAt = (i: number): number => lengths[i] ?? 1
  let end = 0
  let begin = 0
  for (const [i, loss] of losses.entries()) {
    for (const [j, earlier] of losses.slice(0, i).entries()) {
      if (loss < earlier && lengthAt(i) < lengthAt(j) + 1) lengths[i] = lengthAt(j) + 1
      if (lengthAt(end) < lengthAt(i)) {
        end = i
        begin = end - lengthAt(end)
      }
    }
  }
  const third = (end - begin) / 3
  return begin + Math.trunc(third) + Math.trunc(third / 2)
}
