/** Examples in docstrings: where they are, and what they assert. */
import { type Expression, type ExpressionStatement, parseSync, type VariableDeclaration, Visitor } from "oxc-parser"

/** A fenced `ts` block under `@example`. */
export interface Example {
  readonly path: string
  /** The line of the file that `code` begins on. */
  readonly line: number
  readonly code: string
  /** Whether it is run; a block fenced as `ts no-run` is only compiled. */
  readonly runs: boolean
}

const docstring = /\/\*\*[\s\S]*?\*\//g
const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length

/** The examples of a source file. */
export const extract = (path: string, source: string): ReadonlyArray<Example> =>
  [...source.matchAll(docstring)].flatMap(({ 0: comment, index }) => {
    const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""))
    const examples: Array<Example> = []
    let underExample = false
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? ""
      if (line.startsWith("@")) underExample = line.startsWith("@example")
      const fence = /^```(\S*)\s*(.*)$/.exec(line)
      if (fence === null) continue
      const end = lines.indexOf("```", i + 1)
      if (end < 0) throw new Error(`${path}:${lineOf(source, index) + i}: a block that is not closed`)
      if (underExample && fence[1] === "ts") {
        const code = lines.slice(i + 1, end).join("\n")
        examples.push({ path, line: lineOf(source, index) + i + 1, code, runs: fence[2] !== "no-run" })
      }
      i = end
    }
    return examples
  })

/** An example as a program that calls `__same(assertion, actual, expected)` for each `// => value`, on the lines that it had. */
export interface Program {
  readonly code: string
  /** The lines of the assertions, counted from 1. */
  readonly assertions: ReadonlyArray<number>
  readonly problems: ReadonlyArray<{ readonly line: number; readonly reason: string }>
}

type Edit = readonly [start: number, end: number, text: string]

export const instrument = (code: string): Program => {
  const { program, comments, errors } = parseSync("example.ts", code, { sourceType: "module" })
  const problems: Array<{ readonly line: number; readonly reason: string }> = errors.map(({ labels, message }) => ({
    line: lineOf(code, labels[0]?.start ?? 0),
    reason: message
  }))
  const statements: Array<ExpressionStatement | VariableDeclaration> = []
  new Visitor({
    ExpressionStatement: (node) => void statements.push(node),
    VariableDeclaration: (node) => void statements.push(node)
  }).visit(program)

  const edits: Array<Edit> = []
  const assertions: Array<number> = []
  const asserted = new Set<ExpressionStatement | VariableDeclaration>()
  const topLevel = new Set<unknown>(program.body)
  for (const comment of comments) {
    const value = /^\s*=>(.*)$/.exec(comment.value)?.[1]?.trim()
    if (comment.type !== "Line" || value === undefined) continue
    const line = lineOf(code, comment.start)
    const refuse = (reason: string) => problems.push({ line, reason })
    const statement = statements
      .filter(({ end }) => end <= comment.start && /^[ \t;]*$/.test(code.slice(end, comment.start)))
      .sort((a, b) => b.start - a.start)[0]
    if (parseSync("value.ts", `(${value})`).errors.length > 0) {
      refuse(`\`${value}\` is not an expression; \`// =>\` asserts the value of the statement before it`)
    } else if (statement === undefined) {
      refuse("`// =>` asserts the value of a statement that ends on the same line, and none does")
    } else if (statement.type === "ExpressionStatement") {
      const { start, end } = printed(statement.expression)
      const wait = topLevel.has(statement) ? "await " : ""
      edits.push([statement.start, start, `__same(${assertions.length}, ${wait}(`])
      edits.push([end, statement.end, `), (${value}))`])
      assertions.push(line)
      asserted.add(statement)
    } else {
      const [declared, second] = statement.declarations
      if (declared?.id.type !== "Identifier" || second !== undefined) refuse("declares more than one name")
      else {
        edits.push([statement.end, statement.end, `; __same(${assertions.length}, ${declared.id.name}, (${value}))`])
        assertions.push(line)
      }
    }
  }
  // A program that is only started, as in `Effect.runPromise(program)`, is waited for.
  for (const statement of statements) {
    if (statement.type !== "ExpressionStatement" || !topLevel.has(statement) || asserted.has(statement)) continue
    edits.push([statement.start, statement.start, "await "])
  }
  const rewritten = edits
    .sort(([a], [b]) => b - a)
    .reduce((text, [start, end, replacement]) => text.slice(0, start) + replacement + text.slice(end), code)
  return { code: rewritten, assertions, problems }
}

/** What `console.log(x)` and `yield* Console.log(x)` print, else the expression itself. */
const printed = (expression: Expression): { readonly start: number; readonly end: number } => {
  const call = expression.type === "YieldExpression" && expression.argument !== null ? expression.argument : expression
  if (call.type !== "CallExpression" || call.callee.type !== "MemberExpression") return expression
  const { object, property } = call.callee
  const [argument] = call.arguments
  return object.type === "Identifier" &&
    /^console$/i.test(object.name) &&
    property.type === "Identifier" &&
    property.name === "log" &&
    argument !== undefined
    ? argument
    : expression
}
