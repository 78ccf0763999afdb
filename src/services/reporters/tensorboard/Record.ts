import protobuf from "protobufjs"

/**
 * The part of TensorFlow's event files that is written here, cut down from `tensorflow/core/util/event.proto`, `framework/summary.proto` and `framework/tensor.proto` of
 * https://github.com/tensorflow/tensorflow (copyright The TensorFlow Authors, licensed under the Apache License 2.0, SPDX-License-Identifier: Apache-2.0). Numbers and
 * names are unchanged.
 */
const schema = `
syntax = "proto3";
package tensorflow;

message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what {
    string file_version = 3;
    Summary summary = 5;
    SessionLog session_log = 7;
  }
}

message SessionLog {
  enum SessionStatus {
    STATUS_UNSPECIFIED = 0;
    START = 1;
  }
  SessionStatus status = 1;
}

message Summary {
  repeated Value value = 1;
  message Value {
    string tag = 1;
    oneof value {
      float simple_value = 2;
      TensorProto tensor = 8;
    }
    SummaryMetadata metadata = 9;
  }
}

message SummaryMetadata {
  message PluginData {
    string plugin_name = 1;
  }
  PluginData plugin_data = 1;
}

message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  repeated bytes string_val = 8;
}

message TensorShapeProto {
  message Dim {
    int64 size = 1;
  }
  repeated Dim dim = 2;
}
`

/** What an event file holds, besides its time and step. */
export type What =
  | { readonly _tag: "FileVersion" }
  /** From this step on, earlier events are not shown. */
  | { readonly _tag: "Restart" }
  | { readonly _tag: "Scalars"; readonly values: Readonly<Record<string, number>> }
  /** Text as Markdown. */
  | { readonly _tag: "Text"; readonly tag: string; readonly text: string }

/** An event of an event file; `wallTime` in seconds since 1970. */
export interface Entry {
  readonly wallTime: number
  readonly step: number
  readonly what: What
}

const eventType = (() => {
  let type: protobuf.Type | undefined
  return () => {
    type ??= protobuf.parse(schema, { keepCase: true }).root.lookupType("tensorflow.Event")
    return type
  }
})()

/** DT_STRING of `framework/types.proto`. */
const stringType = 7

const fieldsOf = (what: What) => {
  switch (what._tag) {
    case "FileVersion":
      return { file_version: "brain.Event:2" }
    case "Restart":
      return { session_log: { status: 1 } }
    case "Scalars":
      return { summary: { value: Object.entries(what.values).map(([tag, simple_value]) => ({ tag, simple_value })) } }
    case "Text":
      return {
        summary: {
          value: [
            {
              tag: what.tag,
              tensor: {
                dtype: stringType,
                tensor_shape: { dim: [{ size: 1 }] },
                string_val: [new TextEncoder().encode(what.text)]
              },
              metadata: { plugin_data: { plugin_name: "text" } }
            }
          ]
        }
      }
  }
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1
  return sum
})

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78). */
export const crc32c = (bytes: Uint8Array): number => {
  let sum = 0xffffffff
  for (const byte of bytes) sum = table[(sum ^ byte) & 255]! ^ (sum >>> 8)
  return ~sum >>> 0
}

/** The checksum as a record has it, rotated and moved so that a checksum of bytes that contain checksums stays useful. */
const masked = (bytes: Uint8Array): number => {
  const sum = crc32c(bytes)
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0
}

/**
 * An entry as a TFRecord: length (uint64, little endian), its checksum, the event, its checksum.
 *
 * **Source** `tensorflow/core/lib/io/record_writer.h`.
 */
export const encode = ({ step, wallTime, what }: Entry): Uint8Array => {
  const event = eventType()
    .encode({ wall_time: wallTime, step, ...fieldsOf(what) })
    .finish()
  const record = new Uint8Array(16 + event.length)
  const view = new DataView(record.buffer)
  view.setBigUint64(0, BigInt(event.length), true)
  view.setUint32(8, masked(record.subarray(0, 8)), true)
  record.set(event, 12)
  view.setUint32(12 + event.length, masked(event), true)
  return record
}
