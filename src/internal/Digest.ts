import { createHash } from "node:crypto"

/** The SHA-256 of text or bytes, in hexadecimal. */
export const sha256 = (...parts: ReadonlyArray<string | Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}
