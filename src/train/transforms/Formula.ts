/**
 * Arithmetic on the numbers of a tensor, each by itself. A formula that is written with it may be computed on tensors or compiled.
 *
 * @category models
 */
export interface Arithmetic<V> {
  readonly add: (a: V | number, b: V | number) => V
  readonly sub: (a: V | number, b: V | number) => V
  readonly mul: (a: V | number, b: V | number) => V
  readonly div: (a: V | number, b: V | number) => V
  /** The smaller; a NaN in `a` stays one. */
  readonly minimum: (a: V | number, b: V | number) => V
  /** The larger; a NaN in `a` stays one. */
  readonly maximum: (a: V | number, b: V | number) => V
  readonly sqrt: (a: V) => V
  readonly sign: (a: V) => V
}

/**
 * What is known of a parameter when it is updated: its values, its gradient as the transforms before have left it, its slots, its path and the number of its
 * dimensions.
 *
 * @category models
 */
export interface Updated<V> {
  readonly gradient: V
  readonly parameter: V
  readonly slot: (name: string) => V
  readonly path: string
  readonly rank: number
}

/**
 * How a transform updates each number by itself: the update, and the slots after it.
 *
 * @category models
 */
export type Formula = <V>(
  arithmetic: Arithmetic<V>,
  updated: Updated<V>
) => { readonly update: V; readonly slots: Readonly<Record<string, V>> }
