import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { filesOf } from "./scripts/test-projects.js"

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
    testTimeout: 30_000,
    // Vitest leaves a core free for itself, which is half of a small machine.
    maxWorkers: availableParallelism(),
    projects: [
      { extends: true, test: { name: "unit", include: filesOf("unit"), pool: "threads", isolate: false } },
      { extends: true, test: { name: "backend", include: filesOf("backend"), pool: "forks" } },
      {
        extends: true,
        test: { name: "e2e", include: filesOf("e2e"), pool: "forks", globalSetup: "scripts/build-if-stale.ts" }
      }
    ]
  }
})
