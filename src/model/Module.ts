/**
 * A part of a network, as plain data: `In` channels go in, `Out` channels come out.
 *
 * Literal counts are checked by the compiler, counts of type `number` by `Network.validate`. The fields that begin with `~` exist for the compiler only.
 *
 * @category models
 */
export interface Module<In extends number = number, Out extends number = number> {
  readonly _tag: string
  readonly "~in"?: In | undefined
  readonly "~out"?: Out | undefined
  readonly "~same"?: boolean | undefined
}

/**
 * A module that takes any number of channels and gives as many: a ReLU, a pool.
 *
 * @category models
 */
export interface SameChannels extends Module {
  readonly "~same"?: true | undefined
}

/**
 * Channels that `M` takes.
 *
 * @category types
 */
export type In<M extends Module> = M extends { readonly "~in"?: infer I | undefined } ? I & number : never

/**
 * Channels that `M` gives.
 *
 * @category types
 */
export type Out<M extends Module> = M extends { readonly "~out"?: infer O | undefined } ? O & number : never

// A block may be generic in its channels, so the types below ask of channels only what TypeScript can answer for a type parameter as well: whether one
// count is the other. In a box, because the bare question `C extends ...` is put off until `C` is known.
interface Box<T> {
  readonly content: T
}

/** Whether what takes `Taken` channels can get `Given`, as far as the compiler knows. */
type Fits<Given extends number, Taken extends number> =
  Box<Given & number> extends Box<Taken> ? true : Box<Taken & number> extends Box<Given> ? true : false

/** `M` where it can come after `Before` as far as the compiler knows, else the module that could. */
type Fitting<M extends Module, Before extends Module> = Before extends SameChannels
  ? M
  : Fits<Out<Before>, In<M>> extends true
    ? M
    : Module<Out<Before>, Out<M>>

/**
 * The modules `Ms`, each one taking what the one before it gives. `Before` is the last one that does not keep its channels; `Done` makes the recursion a
 * loop, so that a chain may be long.
 *
 * @category types
 */
export type Linked<
  Ms extends ReadonlyArray<Module>,
  Before extends Module = SameChannels,
  Done extends ReadonlyArray<Module> = readonly []
> = Ms extends readonly [infer M extends Module, ...infer Rest extends ReadonlyArray<Module>]
  ? M extends SameChannels
    ? Linked<Rest, Before, readonly [...Done, M]>
    : Linked<Rest, M, readonly [...Done, Fitting<M, Before>]>
  : readonly [...Done, ...Ms]

/**
 * The modules `Ms` as one: from what the first that does not keep its channels takes to what the last such gives.
 *
 * @category types
 */
export type Chained<
  Ms extends ReadonlyArray<Module>,
  First extends Module = SameChannels,
  Last extends Module = SameChannels
> = Ms extends readonly [infer M extends Module, ...infer Rest extends ReadonlyArray<Module>]
  ? M extends SameChannels
    ? Chained<Rest, First, Last>
    : Chained<Rest, First extends SameChannels ? M : First, M>
  : Ms extends readonly []
    ? First extends SameChannels
      ? SameChannels
      : Module<In<First>, Out<Last>>
    : Module<First extends SameChannels ? number : In<First>, number>

/**
 * `S` where it leads from what `B` takes to what `B` gives, else the module that would.
 *
 * @category types
 */
export type Bridging<S extends Module, B extends Module> = B extends SameChannels
  ? S
  : S extends SameChannels
    ? Fits<In<B>, Out<B>> extends true
      ? S
      : Module<In<B>, Out<B>>
    : Fits<In<B>, In<S>> extends true
      ? Fits<Out<S>, Out<B>> extends true
        ? S
        : Module<In<B>, Out<B>>
      : Module<In<B>, Out<B>>
