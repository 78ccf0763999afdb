// Activations on vectors, and the gradients of what goes into them.
#pragma once
#include "Vector.h"

namespace kernels {

// e^x for x <= 0, to 2 ulp: x = n ln 2 + r, and a polynomial for e^r. 0 below -87, where the result is almost denormal.
ALWAYS_INLINE Vector exponential(Vector x) {
  const Bits inside = x >= broadcast(-87);
  x = maximum(x, broadcast(-87));
  // Adding 1.5 * 2^23 rounds to a whole number, which then stands in the lowest bits.
  const Vector magic = broadcast(12582912), shifted = x * 1.44269504f + magic, n = shifted - magic;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, so that n * the first is exact
  Vector p = broadcast(1.9875691500e-4f);
  p = multiplyAdd(p, r, broadcast(1.3981999507e-3f));
  p = multiplyAdd(p, r, broadcast(8.3334519073e-3f));
  p = multiplyAdd(p, r, broadcast(4.1665795894e-2f));
  p = multiplyAdd(p, r, broadcast(1.6666665459e-1f));
  p = multiplyAdd(p, r, broadcast(5.0000001201e-1f));
  p = multiplyAdd(p, r * r, r + 1);
  const Bits exponent = ((Bits)shifted - (Bits)magic) << 23;
  return where(inside, (Vector)((Bits)p + exponent));
}

// erf(x) to a few ulp: a rational function of x^2 times x, as in Eigen. From 4 on it is 1 in single precision.
ALWAYS_INLINE Vector erf(Vector x) {
  const Vector limit = broadcast(4);
  const Vector z = minimum(maximum(x, -limit), limit), z2 = z * z;
  Vector p = broadcast(-2.72614225801306e-10f);
  p = multiplyAdd(p, z2, broadcast(2.77068142495902e-08f));
  p = multiplyAdd(p, z2, broadcast(-2.10102402082508e-06f));
  p = multiplyAdd(p, z2, broadcast(-5.69250639462346e-05f));
  p = multiplyAdd(p, z2, broadcast(-7.34990630326855e-04f));
  p = multiplyAdd(p, z2, broadcast(-2.95459980854025e-03f));
  p = multiplyAdd(p, z2, broadcast(-1.60960333262415e-02f));
  Vector q = broadcast(-1.45660718464996e-05f);
  q = multiplyAdd(q, z2, broadcast(-2.13374055278905e-04f));
  q = multiplyAdd(q, z2, broadcast(-1.68282697438203e-03f));
  q = multiplyAdd(q, z2, broadcast(-7.37332916720468e-03f));
  q = multiplyAdd(q, z2, broadcast(-1.42647390514189e-02f));
  // Exactly 1 where it is clamped, because GELU multiplies 1 + erf(x) by x, however far x is from 0.
  const Vector one = broadcast(1), y = z * p / q;
  return x >= limit ? one : x <= -limit ? -one : y;
}

struct Identity {
  static constexpr bool kCostly = false, kFromOutput = false;
  static ALWAYS_INLINE Vector apply(Vector x) { return x; }
  static ALWAYS_INLINE Vector gradient(Vector dy, Vector) { return dy; }
};

struct Relu {
  // The gradient can be taken from the output as well as from the input.
  static constexpr bool kCostly = false, kFromOutput = true;
  // In this order a NaN stays one.
  static ALWAYS_INLINE Vector apply(Vector x) { return maximum(Vector{}, x); }
  static ALWAYS_INLINE Vector gradient(Vector dy, Vector x) { return where(x > Vector{}, dy); }
};

// x P(X <= x) for a standard normal X, by erf.
struct Gelu {
  // The gradient costs as much as reading an array once more.
  static constexpr bool kCostly = true, kFromOutput = false;
  static ALWAYS_INLINE Vector probability(Vector x) { return 0.5f * (1 + erf(x * 0.70710678f)); }
  static ALWAYS_INLINE Vector apply(Vector x) { return x * probability(x); }
  static ALWAYS_INLINE Vector gradient(Vector dy, Vector x) {
    const Vector density = 0.39894228f * exponential(-0.5f * x * x);
    return dy * multiplyAdd(x, density, probability(x));
  }
};

// As attributes of operations name them.
enum class Activation { kNone = 0, kRelu = 1, kGelu = 2 };

// `f(Identity{})`, `f(Relu{})` or `f(Gelu{})`.
template <class F>
void withActivation(Activation activation, const F& f) {
  switch (activation) {
    case Activation::kNone: return f(Identity{});
    case Activation::kRelu: return f(Relu{});
    case Activation::kGelu: return f(Gelu{});
  }
}

}  // namespace kernels
