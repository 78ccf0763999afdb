import { Effect, type Layer, Sink, Stdio } from "effect"

/** Standard error that keeps what is written to it. */
export const make = (isTerminal: boolean) => {
  const written: Array<string> = []
  const keep = (chunk: string | Uint8Array) => Effect.sync(() => written.push(String(chunk)))
  const sink = Sink.forEach(keep)
  return {
    text: () => written.join(""),
    layer: Stdio.layerTest({
      stderrIsTerminal: Effect.succeed(isTerminal),
      stderr: () => sink
    }) satisfies Layer.Layer<Stdio.Stdio>
  }
}
