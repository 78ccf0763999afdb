/** Which vitest project a test file belongs to: told by its folder and by what it imports, so that no list has to be kept. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

/**
 * - `e2e`: in `test/` itself, `test/cli` or `test/torture`, or imports `test/support/Cli.ts`: whole programs, on the built package.
 * - `backend`: imports tfjs, or reaches a backend through any of its imports: a process for each file, because TensorFlow loads once per process.
 * - `unit`: everything else: pure code and host data, in threads that share their modules.
 */
export type Project = "unit" | "backend" | "e2e"

/** What a file imports for its values. */
const importsOf = (path: string): ReadonlyArray<string> =>
  [...readFileSync(path, "utf8").matchAll(/^(?:import|export)\s+(?!type\b)[^"]*?\bfrom "([^"]+)"/gm)].map(
    ([, target = ""]) => target
  )

const reaches = (path: string, seen: Set<string>): boolean => {
  if (path.startsWith("src/services/backend/")) return true
  if (seen.has(path) || !existsSync(path)) return false
  seen.add(path)
  return importsOf(path).some((target) =>
    target.startsWith(".")
      ? reaches(join(dirname(path), target.replace(/\.js$/, ".ts")), seen)
      : path.startsWith("test/") && target.startsWith("@tensorflow/")
  )
}

export const projectOf = (path: string): Project => {
  if (
    /^test\/((cli|torture)\/)?[^/]+$/.test(path) ||
    importsOf(path).some((target) => target.endsWith("/support/Cli.js"))
  ) {
    return "e2e"
  }
  return reaches(path, new Set()) ? "backend" : "unit"
}

/** The test files of a project, as paths from the root. */
export const filesOf = (project: Project): Array<string> =>
  readdirSync("test", { recursive: true, encoding: "utf8" })
    .map((name) => `test/${name.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".test.ts") && projectOf(path) === project)
    .sort()
