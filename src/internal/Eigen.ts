/** The eigendecomposition of a real symmetric matrix: `matrix = sum of values[i] * vectors[i] vectors[i]^T`. */
export interface Eigen {
  /** From the largest to the smallest. */
  readonly values: ReadonlyArray<number>
  /** An orthonormal vector for each value; their signs are arbitrary. */
  readonly vectors: ReadonlyArray<ReadonlyArray<number>>
}

/** A bound on the sweeps over all pairs of axes; float64 needs about a dozen. */
const maxSweeps = 60

/**
 * Eigenvalues and eigenvectors of a symmetric matrix of a few dozen rows.
 *
 * **Source** Jacobi's cyclic rotations (Golub and Van Loan, Matrix Computations, sec. 8.5): each turns two axes so that the entry off the diagonal between them becomes zero.
 */
export const symmetric = (matrix: ReadonlyArray<ReadonlyArray<number>>): Eigen => {
  const n = matrix.length
  const a = matrix.map((row) => [...row])
  const vectors = matrix.map((_, i) => matrix.map((_, j) => (i === j ? 1 : 0)))
  const turn = (x: Array<number>, y: Array<number>, cosine: number, sine: number): void => {
    for (let k = 0; k < n; k++) {
      const [from, to] = [x[k]!, y[k]!]
      x[k] = cosine * from - sine * to
      y[k] = sine * from + cosine * to
    }
  }
  const columns = (p: number, q: number, cosine: number, sine: number): void => {
    for (const row of a) {
      const [from, to] = [row[p]!, row[q]!]
      row[p] = cosine * from - sine * to
      row[q] = sine * from + cosine * to
    }
  }
  const coupling = () => a.reduce((sum, row, i) => sum + row.reduce((s, x, j) => (i === j ? s : s + x * x), 0), 0)
  const scale = a.reduce((sum, row) => sum + row.reduce((s, x) => s + x * x, 0), 0)
  for (let sweep = 0; sweep < maxSweeps && coupling() > Number.EPSILON ** 2 * scale; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = a[p]![q]!
        if (off === 0) continue
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * off)
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
        const cosine = 1 / Math.sqrt(tangent * tangent + 1)
        const sine = tangent * cosine
        turn(a[p]!, a[q]!, cosine, sine)
        columns(p, q, cosine, sine)
        turn(vectors[p]!, vectors[q]!, cosine, sine)
      }
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!)
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => vectors[i]!) }
}
