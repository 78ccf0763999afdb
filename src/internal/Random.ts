import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64"
import { uniformInt } from "pure-rand/distribution/uniformInt"
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus"

/**
 * A stream of random numbers: each call advances it.
 *
 * @category models
 */
export interface Generator {
  /** An integer in 0 .. 2^32 - 1. */
  readonly uint32: () => number
  /** A float in [0, 1), in steps of 2^-53. */
  readonly uniform: () => number
  /** An integer in 0 .. n - 1, without bias; `n` in 1 .. 2^32. */
  readonly below: (n: number) => number
  /** A sample of the standard normal distribution. */
  readonly normal: () => number
}

const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))

/** The last mixing step of MurmurHash3: every input bit reaches every output bit. */
const mix = (x: number): number => {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Adds a word to two MurmurHash3 sums, each with its own constants. */
const addWord = (sums: [number, number], word: number): void => {
  const a = sums[0] ^ Math.imul(rotateLeft(Math.imul(word, 0x239b961b), 15), 0xab0e9789)
  sums[0] = (Math.imul(rotateLeft(a, 19), 5) + 0x561ccd1b) | 0
  const b = sums[1] ^ Math.imul(rotateLeft(Math.imul(word, 0xab0e9789), 16), 0x38b34ae5)
  sums[1] = (Math.imul(rotateLeft(b, 17), 5) + 0x0bcaa747) | 0
}

const addPart = (sums: [number, number], part: string | number): void => {
  // The first word tells a number from a string, and "ab", "c" from "a", "bc".
  if (typeof part === "number") {
    addWord(sums, -1)
    addWord(sums, part | 0)
    addWord(sums, Math.floor(part / 4294967296) | 0)
  } else {
    addWord(sums, part.length)
    for (let i = 0; i < part.length; i++) {
      addWord(sums, part.charCodeAt(i))
    }
  }
}

const stateOf = (seed: number, path: ReadonlyArray<string | number>): [number, number, number, number] => {
  const sums: [number, number] = [0x243f6a88, 0x85a308d3]
  addPart(sums, seed)
  for (const part of path) {
    addPart(sums, part)
  }
  const [a, b] = sums
  // The 1 bit: a state of zeros would only ever give zeros.
  return [mix(a) | 1, mix(b ^ 0x13198a2e), mix((a + b) | 0), mix(rotateLeft(a, 16) ^ b)]
}

/**
 * The generator of one purpose: equal seeds and paths give equal numbers, different ones independent numbers.
 *
 * The seed and the numbers of the path are integers.
 *
 * **Source** xoroshiro128+ (Blackman and Vigna 2018, arXiv:1805.01407) of pure-rand, its state is a MurmurHash3 of the path.
 */
export const make = (seed: number, ...path: ReadonlyArray<string | number>): Generator => {
  const source = xoroshiro128plusFromState(stateOf(seed, path))
  const uniform = () => uniformFloat64(source)
  let spare: number | undefined
  return {
    uint32: () => source.next() >>> 0,
    uniform,
    below: (n) => uniformInt(source, 0, n - 1),
    // Marsaglia's polar method: needs only log and sqrt, which JavaScript engines agree on.
    normal: () => {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      let x: number
      let y: number
      let square: number
      do {
        x = 2 * uniform() - 1
        y = 2 * uniform() - 1
        square = x * x + y * y
      } while (square >= 1 || square === 0)
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
}

/** A uniformly random order of 0 .. n - 1 (Fisher-Yates). */
export const permutation = (n: number, generator: Generator): Int32Array => {
  const order = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    order[i] = i
  }
  for (let i = n - 1; i > 0; i--) {
    const j = generator.below(i + 1)
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  return order
}
