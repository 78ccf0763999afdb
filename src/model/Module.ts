/** Channels as the compiler knows them: a literal count, `number` when only the run knows it, or the same as whatever stands before. */
export type Channels = number | "same"

/**
 * A part of a network, as plain data: `In` channels go in, `Out` channels come out.
 *
 * Literal counts are checked by the compiler, counts of type `number` by `Network.validate`. The two channel fields exist for the compiler only.
 */
export interface Module<In extends Channels = Channels, Out extends Channels = Channels> {
  readonly _tag: string
  readonly "~in"?: In | undefined
  readonly "~out"?: Out | undefined
}

/** Channels that `M` takes. */
export type In<M extends Module> = M extends Module<infer I, Channels> ? I : never

/** Channels that `M` gives when `Given` go in. */
export type Out<M extends Module, Given extends Channels> =
  M extends Module<Channels, infer O> ? (O extends "same" ? Given : O) : never

/** `M` where it takes `Given` channels as far as the compiler knows, else the module that would. */
type Fitting<M extends Module, Given extends Channels> = number extends Given | In<M>
  ? M
  : "same" extends Given | In<M>
    ? M
    : Module<Given, Out<M, Given>>

/** The modules `Ms`, each one taking what the one before it gives; `Done` keeps the recursion a loop, so that a chain may be long. */
export type Linked<
  Ms extends ReadonlyArray<Module>,
  Given extends Channels = "same",
  Done extends ReadonlyArray<Module> = readonly []
> = Ms extends readonly [infer M extends Module, ...infer Rest extends ReadonlyArray<Module>]
  ? Linked<Rest, Out<M, Given>, readonly [...Done, Fitting<M, Given>]>
  : readonly [...Done, ...Ms]

/** Channels that the modules `Ms`, one after the other, take. */
export type ChainIn<Ms extends ReadonlyArray<Module>> = Ms extends readonly [
  infer M extends Module,
  ...infer Rest extends ReadonlyArray<Module>
]
  ? In<M> extends "same"
    ? ChainIn<Rest>
    : In<M>
  : Ms extends readonly []
    ? "same"
    : number

/** Channels that the modules `Ms`, one after the other, give. */
export type ChainOut<Ms extends ReadonlyArray<Module>, Given extends Channels = "same"> = Ms extends readonly [
  infer M extends Module,
  ...infer Rest extends ReadonlyArray<Module>
]
  ? ChainOut<Rest, Out<M, Given>>
  : Ms extends readonly []
    ? Given
    : number

/** `S` where it leads from what `B` takes to what `B` gives, else the module that would. */
export type Bridging<S extends Module, B extends Module> = number extends In<B> | In<S> | Out<B, In<B>> | Out<S, In<B>>
  ? S
  : "same" extends In<B>
    ? S
    : [Out<S, In<B>>, In<S>] extends [Out<B, In<B>>, In<B> | "same"]
      ? S
      : Module<In<B>, Out<B, In<B>>>
