import { distance } from "fastest-levenshtein"

/** The known name nearest to `name` by edit distance, also to the last part of a dotted name; a name that starts with `name` comes first. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  const apart = (other: string): number =>
    other.startsWith(name)
      ? 1
      : Math.min(distance(name, other), distance(name, other.slice(other.lastIndexOf(".") + 1)))
  let best: string | undefined
  for (const other of known) if (best === undefined || apart(other) < apart(best)) best = other
  return best
}
