/** Builds the package where `dist` is older than a source; a global setup of vitest. */
import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const modified = (path: string): number => statSync(`${root}/${path}`).mtimeMs
const inputs = (): ReadonlyArray<string> => [
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  // A folder's time tells of files that are gone.
  "src",
  ...readdirSync(`${root}/src`, { recursive: true, encoding: "utf8" }).map((name) => `src/${name}`)
]

const buildIfStale = (): void => {
  const built = "dist/cli.js"
  if (existsSync(`${root}/${built}`) && inputs().every((path) => modified(path) < modified(built))) return
  execFileSync("npm", ["run", "--silent", "build"], { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
}

export default buildIfStale
