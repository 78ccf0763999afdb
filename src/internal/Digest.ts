import { createHash } from "node:crypto"

/** Node's hash takes less than 2 GiB at a time. */
const pieceBytes = 2 ** 30

/** The SHA-256 of texts and bytes one after the other, in hexadecimal. */
export const sha256 = (...parts: ReadonlyArray<string | Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const part of parts) {
    if (typeof part === "string") hash.update(part)
    else for (let at = 0; at < part.length; at += pieceBytes) hash.update(part.subarray(at, at + pieceBytes))
  }
  return hash.digest("hex")
}
