/** Text that is safe inside an HTML element or a quoted attribute. */
export interface Html {
  readonly html: string
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;"
}

/** Escapes text. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)

/** Takes markup as it is: only for markup made here. */
export const raw = (markup: string): Html => ({ html: markup })

type Value = string | number | Html | ReadonlyArray<Html>

const insert = (value: Value): string => {
  if (typeof value === "string") return escape(value)
  if (typeof value === "number") return String(value)
  return "html" in value ? value.html : value.map(({ html }) => html).join("")
}

/** A template whose text values are escaped. */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<Value>): Html =>
  raw(parts.reduce((text, part, index) => text + insert(values[index - 1]!) + part))
