import { defineConfig } from "vitest/config"

// Vitest 5 reports failures with a method that Node 20 does not have.
Map.groupBy ??= <K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, Array<T>> => {
  const groups = new Map<K, Array<T>>()
  for (const [index, item] of [...items].entries()) {
    const key = keyOf(item, index)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The addon loads once per process: every file has a process of its own.
    pool: "forks",
    testTimeout: 30_000
  }
})
