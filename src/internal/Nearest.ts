import { distance } from "fastest-levenshtein"

/** The known name most like `name`; the last part of a dotted name counts too, and so does a good beginning. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const apart = (other: string): number =>
    other.startsWith(name)
      ? 1
      : Math.min(distance(name, other), distance(name, other.slice(other.lastIndexOf(".") + 1)))
  let best: string | undefined
  for (const other of known) if (best === undefined || apart(other) < apart(best)) best = other
  return best
}
