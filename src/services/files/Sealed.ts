import { sha256 } from "../../internal/Digest.js"

/** The text of a JSON object with its own SHA-256 as its last member. */
export const seal = (json: string): string => `${json.slice(0, -1)},"sha256":"${sha256(json)}"}`

const sealLength = ',"sha256":"'.length + 64 + '"}'.length

/** The sealed text, if no byte has changed since. */
export const unseal = (text: string): string | undefined => {
  const json = `${text.slice(0, -sealLength)}}`
  return text === seal(json) ? json : undefined
}
