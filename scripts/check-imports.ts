/** Checks who imports whom under src/: the order of the folders, no circles, and that src/model runs in a browser. */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, relative } from "node:path"
import { fileURLToPath } from "node:url"

interface Import {
  readonly target: string
  readonly line: number
}

/** The folders of src/services from the bottom up: each imports only those before it. */
const services = [
  "files",
  "native",
  "backend",
  "doctor",
  "datasets",
  "pretrained",
  "config",
  "loader",
  "run",
  "report",
  "audit",
  "export",
  "reporters",
  "directory"
]

const allowed: Readonly<Record<string, ReadonlyArray<string>>> = {
  internal: [],
  browser: [],
  data: ["internal"],
  model: ["internal"],
  train: ["internal", "data", "model"],
  ...Object.fromEntries(
    services.map((folder, i) => [
      `services/${folder}`,
      ["internal", "data", "model", "train", ...services.slice(0, i).map((lower) => `services/${lower}`)]
    ])
  ),
  "services/index": services.map((folder) => `services/${folder}`),
  index: ["data", "model", "train", "services/index"],
  cli: ["internal", "data", "model", "train", ...services.map((folder) => `services/${folder}`)]
}

const forbidden: Readonly<Record<string, { readonly packages: RegExp; readonly why: string }>> = {
  data: { packages: /^@tensorflow\//, why: "src/data is host side only" },
  model: { packages: /^node:|^@effect\/platform-|^sharp$/, why: "src/model must load in a browser" }
}

const root = fileURLToPath(new URL("../src", import.meta.url))

/** The folder that a file belongs to, of src/services one within it; `src/index.ts` and `src/cli.ts` count as folders of their own name. */
const folderOf = (file: string): string => {
  const [first = "", second = ""] = file.split("/")
  return (first === "services" ? `${first}/${second}` : first).replace(/\.ts$/, "")
}

const importsOf = (source: string): ReadonlyArray<Import> =>
  // Comments are blanked, newlines kept, so that an example in a docstring is no import and line numbers stay right.
  [
    ...source
      .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
      .matchAll(/^\s*(?:import|export)\b[^"'`]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm)
  ].map((match) => ({
    target: (match[1] ?? match[2] ?? match[3])!,
    line: source.slice(0, match.index + match[0].length).split("\n").length
  }))

/** Every import between files, and every rule it breaks. `files` maps paths under src/ to their text. */
export const check = (files: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const graph = new Map<string, Array<string>>()
  const packages = new Map<string, ReadonlyArray<Import>>()

  for (const [file, source] of files) {
    const imports = importsOf(source)
    const own = imports.filter(({ target }) => target.startsWith("."))
    packages.set(
      file,
      imports.filter(({ target }) => !target.startsWith("."))
    )
    graph.set(file, [])
    for (const { target, line } of own) {
      const imported = normalize(join(dirname(file), target)).replace(/\.js$/, ".ts")
      const [from, to] = [folderOf(file), folderOf(imported)]
      if (!files.has(imported)) {
        problems.push(`src/${file}:${line}: imports ${target}, which is not under src/`)
        continue
      }
      graph.get(file)!.push(imported)
      if (from !== to && !allowed[from]?.includes(to)) {
        problems.push(
          allowed[from] === undefined
            ? `src/${file}: ${from} is no known folder; add it to scripts/check-imports.ts`
            : `src/${file}:${line}: ${from} must not import ${to} (${from} may import ${allowed[from].join(", ") || "nothing of ours"})`
        )
      }
    }
  }

  // What a folder may not load, it may not load by way of another folder either.
  for (const [folder, { packages: pattern, why }] of Object.entries(forbidden)) {
    const reached = new Set<string>()
    const visit = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      for (const next of graph.get(file) ?? []) visit(next)
    }
    for (const file of files.keys()) if (folderOf(file) === folder) visit(file)
    for (const file of reached)
      for (const { target, line } of packages.get(file) ?? [])
        if (pattern.test(target)) problems.push(`src/${file}:${line}: imports ${target}, but ${why}`)
  }

  return [...problems, ...circles(graph)]
}

const circles = (graph: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> => {
  const found: Array<string> = []
  const done = new Set<string>()
  const visit = (file: string, path: ReadonlyArray<string>): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      found.push(`circular import: ${[...path.slice(start), file].map((name) => `src/${name}`).join(" -> ")}`)
      return
    }
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
}

const readSources = (folder: string): ReadonlyArray<readonly [string, string]> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return readSources(path)
    return entry.name.endsWith(".ts") ? [[relative(root, path).replaceAll("\\", "/"), readFileSync(path, "utf8")]] : []
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = new Map(readSources(root))
  const problems = check(files)
  if (problems.length > 0) {
    console.error(problems.join("\n"))
    console.error(`${problems.length} wrong ${problems.length === 1 ? "import" : "imports"} in ${files.size} files`)
    process.exit(1)
  }
  console.log(`imports: ${files.size} files, order of the folders kept, no circles`)
}
