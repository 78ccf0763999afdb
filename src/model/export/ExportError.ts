import { Schema } from "effect"

/**
 * A network has a layer that cannot be written in the requested format.
 *
 * @category errors
 */
export class ExportError extends Schema.TaggedError<ExportError>()("ExportError", {
  format: Schema.Literals(["layers", "onnx"]),
  kind: Schema.String,
  path: Schema.String
}) {
  override get message(): string {
    return [
      `${this.path}: a layer of the kind ${this.kind} cannot be exported to ${this.format}`,
      `  expected: a kind with an export for that format`,
      `  fix: give the Layer of that kind an export with ${this.format}, or replace the layer by built-in kinds`
    ].join("\n")
  }
}
