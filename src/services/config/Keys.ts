import { Result, Schema, SchemaAST } from "effect"

/** A value that can be set by its dotted key. */
export interface Leaf {
  readonly key: string
  readonly accepts: (value: unknown) => boolean
  /** What a value must be, in words. */
  readonly expected: string
  /** The strings to choose from, when the value is one of a list. */
  readonly choices: ReadonlyArray<string>
  readonly optional: boolean
  /** The key exists only where the tag of its union has one of these values. */
  readonly only: { readonly tag: string; readonly values: ReadonlyArray<string> } | undefined
}

/** The dotted keys of a Schema: its leaves, and the groups that hold them. */
export interface Keys {
  readonly leaves: ReadonlyMap<string, Leaf>
  readonly groups: ReadonlySet<string>
}

/**
 * Lists the keys of a struct of values, structs and tagged unions of structs; lists count as one value.
 *
 * A key that several branches of a union share takes the values of all of them.
 */
export const fromSchema = (schema: Schema.Top): Keys => {
  const leaves = new Map<string, Leaf>()
  const groups = new Set<string>()

  const addLeaf = (key: string, ast: SchemaAST.AST, only: Leaf["only"]): void => {
    const decode = Schema.decodeUnknownResult(Schema.make<Schema.Decoder<unknown>>(ast), { onExcessProperty: "error" })
    const earlier = leaves.get(key)
    const choices = [...new Set([...(earlier?.choices ?? []), ...choicesOf(ast)])]
    leaves.set(key, {
      key,
      accepts: (value) => Result.isSuccess(decode(value)) || earlier?.accepts(value) === true,
      expected: earlier && choices.length > 0 ? oneOf(choices) : either(earlier?.expected, describe(ast)),
      choices,
      optional: SchemaAST.isOptional(ast),
      only: only && earlier?.only ? { ...only, values: [...earlier.only.values, ...only.values] } : only
    })
  }

  const addStruct = (ast: SchemaAST.Objects, prefix: string, only: Leaf["only"], except?: string): void => {
    for (const { name, type } of ast.propertySignatures)
      if (name !== except) add(type, prefix === "" ? String(name) : `${prefix}.${String(name)}`, only)
  }

  const add = (ast: SchemaAST.AST, key: string, only: Leaf["only"]): void => {
    const tag = tagOf(ast)
    if (SchemaAST.isObjects(ast)) {
      groups.add(key)
      addStruct(ast, key, only)
    } else if (SchemaAST.isUnion(ast) && tag !== undefined) {
      groups.add(key)
      const tagKey = `${key}.${tag}`
      for (const branch of ast.types.filter(SchemaAST.isObjects)) {
        const literal = propertyOf(branch, tag)
        if (literal === undefined) continue
        addLeaf(tagKey, literal, only)
        addStruct(branch, key, { tag: tagKey, values: choicesOf(literal) }, tag)
      }
    } else {
      addLeaf(key, ast, only)
    }
  }

  if (SchemaAST.isObjects(schema.ast)) addStruct(schema.ast, "", undefined)
  return { leaves, groups }
}

const propertyOf = (ast: SchemaAST.AST, name: string): SchemaAST.AST | undefined =>
  SchemaAST.isObjects(ast) ? ast.propertySignatures.find((property) => property.name === name)?.type : undefined

/** The property that tells the branches of a union of structs apart. */
const tagOf = (ast: SchemaAST.AST): string | undefined => {
  if (!SchemaAST.isUnion(ast) || !ast.types.every(SchemaAST.isObjects)) return undefined
  const [first] = ast.types
  const tag = first?.propertySignatures.find(({ name }) =>
    ast.types.every((branch) => choicesOf(propertyOf(branch, String(name))).length > 0)
  )
  return tag && String(tag.name)
}

const choicesOf = (ast: SchemaAST.AST | undefined): ReadonlyArray<string> => {
  if (ast === undefined) return []
  if (SchemaAST.isLiteral(ast)) return typeof ast.literal === "string" ? [ast.literal] : []
  return SchemaAST.isUnion(ast) ? ast.types.flatMap(choicesOf) : []
}

const describe = (ast: SchemaAST.AST): string => {
  const description = SchemaAST.resolveDescription(ast)
  if (description !== undefined) return description
  if (SchemaAST.isBoolean(ast)) return "true or false"
  if (SchemaAST.isNull(ast)) return "null"
  if (SchemaAST.isString(ast)) return "a string"
  const choices = choicesOf(ast)
  if (SchemaAST.isUnion(ast) && choices.length < ast.types.length) return ast.types.map(describe).join(" or ")
  return oneOf(choices)
}

const either = (earlier: string | undefined, expected: string): string =>
  earlier === undefined || earlier.split(", or ").includes(expected)
    ? (earlier ?? expected)
    : `${earlier}, or ${expected}`

const oneOf = (choices: ReadonlyArray<string>): string =>
  choices.length === 1 ? choices[0]! : `one of ${choices.join(", ")}`
