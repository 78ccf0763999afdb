/** The classes that labels name, and the number of each label's class. */
export interface Classes {
  readonly names: ReadonlyArray<string>
  readonly numberOf: (label: string) => number | undefined
}

const isNumber = (label: string): boolean => /^\d{1,5}$/.test(label)

/**
 * The classes of labels, given as texts.
 *
 * Names that are given say the order; a label is then one of them, or the number of one. Without names, labels that are all whole numbers are the
 * classes 0 to the largest of them, and others are the classes in the order of their characters.
 */
export const classes = (labels: Iterable<string>, given?: ReadonlyArray<string>): Classes => {
  const found = new Set(labels)
  const numbered = found.size > 0 && [...found].every(isNumber)
  const names =
    given ??
    (numbered
      ? Array.from(
          { length: [...found].reduce((largest, label) => Math.max(largest, Number(label)), 0) + 1 },
          (_, i) => `${i}`
        )
      : [...found].sort())
  const places = new Map(names.map((name, place) => [name, place]))
  return {
    names,
    numberOf: (label) =>
      places.get(label) ?? (isNumber(label) && Number(label) < names.length ? Number(label) : undefined)
  }
}
