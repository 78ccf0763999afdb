import { Header, type HeaderData, Pax } from "tar"

/** A file in a tar archive: its bytes are the `size` ones from `offset` on. */
export interface Member {
  readonly name: string
  readonly offset: number
  readonly size: number
}

/** Reads bytes of an archive; fewer at its end. */
export type Read = (offset: number, length: number) => Promise<Buffer>

const block = 512

/** Longer names than this are no names. */
const maxExtra = 2 ** 20

/** Enough for a small file, such as a label, between the headers before and after it. */
const window = 4 * block

/** Reads by way of a window, so that neighbouring headers and labels come with one read. */
export const windowed = (read: Read): Read => {
  let start = 0
  let held: Buffer = Buffer.alloc(0)
  return async (offset, length) => {
    if (offset < start || offset + length > start + held.length) {
      held = await read(offset, Math.max(length, window))
      start = offset
    }
    return held.subarray(offset - start, offset - start + length)
  }
}

/**
 * The files in a tar archive of `size` bytes, in their order: one pass over its headers, which reads no content.
 *
 * **Errors** rejects with an `Error` where an archive is damaged, ends early, or is compressed.
 */
export const index = async (read: Read, size: number): Promise<ReadonlyArray<Member>> => {
  const members: Array<Member> = []
  let own: HeaderData | undefined
  let shared: HeaderData | undefined
  let at = 0
  while (true) {
    const bytes = await read(at, block)
    if (at === 0 && bytes[0] === 0x1f && bytes[1] === 0x8b) {
      throw new Error("it is compressed: an image in it cannot be read without those before it")
    }
    if (bytes.length < block) {
      throw new Error(`it ends at byte ${size}, without the empty block that ends an archive`)
    }
    const header = headerOf(bytes, at, own, shared)
    if (header.nullBlock) return members
    const offset = at + block
    const length = header.size ?? 0
    if (offset + length > size) {
      throw new Error(
        `"${header.path}" is ${length} bytes from byte ${offset} on, and the archive ends at byte ${size}`
      )
    }
    const extra = () => {
      if (length > maxExtra) throw new Error(`the header at byte ${at} is followed by a name of ${length} bytes`)
      return read(offset, length)
    }
    switch (header.type) {
      case "ExtendedHeader":
      case "OldExtendedHeader":
        own = Pax.parse((await extra()).toString(), own, false)
        break
      case "GlobalExtendedHeader":
        shared = Pax.parse((await extra()).toString(), shared, true)
        break
      case "NextFileHasLongPath":
      case "OldGnuLongPath":
        own = { ...own, path: (await extra()).toString().replace(/\0.*/s, "") }
        break
      case "File":
      case "OldFile":
      case "ContiguousFile":
        members.push({ name: header.path ?? "", offset, size: length })
        own = undefined
        break
      default:
        own = undefined
    }
    at = offset + Math.ceil(length / block) * block
  }
}

const headerOf = (bytes: Buffer, at: number, own: HeaderData | undefined, shared: HeaderData | undefined): Header => {
  const header = new Header(bytes, 0, own, shared)
  if (!header.nullBlock && !header.cksumValid) {
    throw new Error(`there is no header of a file at byte ${at}: its checksum is wrong`)
  }
  return header
}
