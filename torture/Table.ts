/** How often each of `names` occurs, as lines of text below a title, the most frequent first. */
export const counts = (title: string, names: ReadonlyArray<string>): string => {
  const found = new Map<string, number>()
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1)
  const rows = [...found].sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
  return [`${title}: ${names.length}`, ...rows.map(([name, count]) => `${String(count).padStart(7)}  ${name}`)].join(
    "\n"
  )
}
