import { Option, Result, Schema, SchemaAST } from "effect"
import { join, type Tags } from "./Tree.js"

/** A value that is set by its dotted key. */
export interface Leaf {
  readonly key: string
  readonly accepts: (value: unknown) => boolean
  /** What a value must be, in words. */
  readonly expected: string
  /** The strings to choose from, when the value is one of a list. */
  readonly choices: ReadonlyArray<string>
  /** Whether the key must be given. */
  readonly required: boolean
  /** The value where the key is not given. */
  readonly byDefault: Option.Option<unknown>
  /** The key exists only where the tag of its union has one of these values. */
  readonly only: { readonly tag: string; readonly values: ReadonlyArray<string> } | undefined
}

/** The dotted keys of a Schema. A key has several leaves where the branches of a union take different values for it. */
export interface Keys {
  readonly leaves: ReadonlyMap<string, ReadonlyArray<Leaf>>
  readonly groups: ReadonlySet<string>
  readonly tags: Tags
}

/** Lists the keys of a struct of values, structs and tagged unions of structs; a list counts as one value. */
export const fromSchema = (schema: Schema.Top): Keys => {
  const leaves = new Map<string, ReadonlyArray<Leaf>>()
  const groups = new Set<string>()
  const tags = new Map<string, string>()

  const addLeaf = (leaf: Leaf): void => {
    const earlier = leaves.get(leaf.key) ?? []
    const same = earlier.find(({ expected }) => expected === leaf.expected)
    const values = [...(same?.only?.values ?? []), ...(leaf.only?.values ?? [])]
    const joined = leaf.only === undefined ? leaf : { ...leaf, only: { ...leaf.only, values } }
    leaves.set(leaf.key, [...earlier.filter((other) => other !== same), joined])
  }

  const addStruct = (ast: SchemaAST.Objects, group: string, only: Leaf["only"], except?: string): void => {
    for (const { name, type } of ast.propertySignatures) if (name !== except) add(type, join(group, String(name)), only)
  }

  const add = (ast: SchemaAST.AST, key: string, only: Leaf["only"]): void => {
    const tag = tagOf(ast)
    if (SchemaAST.isObjects(ast)) {
      groups.add(key)
      addStruct(ast, key, only)
    } else if (SchemaAST.isUnion(ast) && tag !== undefined) {
      groups.add(key)
      tags.set(key, tag)
      const tagKey = join(key, tag)
      const branches = ast.types.filter(SchemaAST.isObjects)
      const literals = branches.flatMap((branch) => choicesOf(propertyOf(branch, tag)))
      addLeaf(leafOf(Schema.Literals(literals).ast, tagKey, only))
      for (const branch of branches)
        addStruct(branch, key, { tag: tagKey, values: choicesOf(propertyOf(branch, tag)) }, tag)
    } else {
      addLeaf(leafOf(ast, key, only))
    }
  }

  if (SchemaAST.isObjects(schema.ast)) addStruct(schema.ast, "", undefined)
  return { leaves, groups, tags }
}

const leafOf = (ast: SchemaAST.AST, key: string, only: Leaf["only"]): Leaf => {
  const group = Schema.Struct({ value: decoder(ast) })
  // Decoded as the settings are, so that a value within a list may leave out what has a default.
  const decode = Schema.decodeUnknownResult(group, { onExcessProperty: "error" })
  const given = Schema.decodeUnknownOption(group)({})
  return {
    key,
    accepts: (value) => value !== undefined && Result.isSuccess(decode({ value })),
    expected: describe(ast),
    choices: choicesOf(ast),
    required: !SchemaAST.isOptional(SchemaAST.toEncoded(ast)),
    byDefault: Option.filter(
      Option.map(given, ({ value }) => value),
      (value) => value !== undefined
    ),
    only
  }
}

const decoder = (ast: SchemaAST.AST) => Schema.make<Schema.Decoder<unknown>>(ast)

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
  return choices.length === 1 ? choices.join() : `one of ${choices.join(", ")}`
}
