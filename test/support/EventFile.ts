/** An event of a TensorBoard file, as far as the tests look at it. */
export interface Decoded {
  readonly wallTime: number
  readonly step: number
  readonly version?: string
  readonly restart?: boolean
  readonly scalars: Readonly<Record<string, number>>
}

interface Field {
  readonly number: number
  readonly bytes: Buffer
  readonly value: number
}

/** The fields of a protobuf message. */
const fieldsOf = (message: Buffer): ReadonlyArray<Field> => {
  const fields: Array<Field> = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const key = varint()
    const number = key >> 3
    const take = (length: number) => {
      at += length
      return message.subarray(at - length, at)
    }
    if ((key & 7) === 0) fields.push({ number, bytes: Buffer.of(), value: varint() })
    else if ((key & 7) === 1) fields.push({ number, bytes: Buffer.of(), value: take(8).readDoubleLE() })
    else if ((key & 7) === 5) fields.push({ number, bytes: Buffer.of(), value: take(4).readFloatLE() })
    else fields.push({ number, bytes: take(varint()), value: 0 })
  }
  return fields
}

const decodeEvent = (message: Buffer): Decoded => {
  const fields = fieldsOf(message)
  const field = (number: number) => fields.find((field) => field.number === number)
  const version = field(3)?.bytes.toString()
  const values = fieldsOf(field(5)?.bytes ?? Buffer.of()).map(({ bytes }) => fieldsOf(bytes))
  return {
    wallTime: field(1)?.value ?? 0,
    step: field(2)?.value ?? 0,
    ...(version === undefined ? {} : { version }),
    ...(field(7) === undefined ? {} : { restart: true }),
    scalars: Object.fromEntries(
      values.flatMap((value) => {
        const scalar = value.find(({ number }) => number === 2)
        return scalar === undefined ? [] : [[value[0]?.bytes.toString() ?? "", scalar.value]]
      })
    )
  }
}

/** Reads an event file; the checksums are left to the golden test. */
export const decode = (bytes: Uint8Array): ReadonlyArray<Decoded> => {
  const buffer = Buffer.from(bytes)
  const events: Array<Decoded> = []
  for (let at = 0; at < buffer.length; ) {
    const length = Number(buffer.readBigUInt64LE(at))
    events.push(decodeEvent(buffer.subarray(at + 12, at + 12 + length)))
    at += 16 + length
  }
  return events
}
