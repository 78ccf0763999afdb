/**
 * The learning rate of a step (0-based). It is a pure function, so a resumed run has the same rates.
 *
 * @category models
 */
export type LearningRate = (step: number) => number

/** How far `done` of `of` steps are, from 0 to 1. */
export const fraction = (done: number, of: number): number => (of <= 0 ? 1 : Math.min(1, Math.max(0, done / of)))

/** A straight line from one value to another, as `t` goes from 0 to 1. */
export const straight = (from: number, to: number, t: number): number => from + (to - from) * t

/** Half a cosine from one value to another, as `t` goes from 0 to 1. */
export const halfCosine = (from: number, to: number, t: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * t))) / 2
