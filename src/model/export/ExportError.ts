import { Schema } from "effect"

/** A network holds a layer that cannot be written in the format that was asked for. */
export class ExportError extends Schema.TaggedError<ExportError>()("ExportError", {
  format: Schema.Literals(["layers", "onnx"]),
  kind: Schema.String,
  path: Schema.String
}) {
  override get message(): string {
    return [
      `${this.path}: a layer of the kind ${this.kind} cannot be exported to ${this.format}`,
      `  expected: a kind that says how it is written there`,
      `  fix: give the Layer of that kind an export with ${this.format}, or replace the layer by kinds that come with the library`
    ].join("\n")
  }
}
