// The transforms of Winograd's minimal filtering F(4x4, 3x3) along one axis: `input` of 6 pixels, `filter` of 3 taps, `output` of their products, which makes 4 pixels;
// and the transposes of the last two, for the gradient of the filter.
//
// A tile takes 36 products for each pair of channels where the direct way takes 144. Rounding errors are up to about 1e-5 of the largest result, some ten times those of
// the direct way.
#pragma once
#include "Vector.h"

namespace kernels {

struct Tiles {
  static constexpr int kOut = 4, kIn = 6;
  static ALWAYS_INLINE void input(const Vector (&d)[6], Vector (&v)[6]) {
    const Vector a = d[4] - 4.0f * d[2], b = d[3] - 4.0f * d[1], c = d[4] - d[2], e = 2.0f * (d[3] - d[1]);
    v[0] = 4.0f * d[0] - 5.0f * d[2] + d[4];
    v[1] = a + b;
    v[2] = a - b;
    v[3] = c + e;
    v[4] = c - e;
    v[5] = 4.0f * d[1] - 5.0f * d[3] + d[5];
  }
  static ALWAYS_INLINE void filter(const Vector (&g)[3], Vector (&u)[6]) {
    const Vector a = (g[0] + g[2]) * (-1.0f / 6), b = g[1] * (-1.0f / 6), c = g[0] * (1.0f / 24) + g[2] * (1.0f / 6), e = g[1] * (1.0f / 12);
    u[0] = g[0] * 0.25f;
    u[1] = a + b;
    u[2] = a - b;
    u[3] = c + e;
    u[4] = c - e;
    u[5] = g[2];
  }
  static ALWAYS_INLINE void output(const Vector (&m)[6], Vector (&y)[4]) {
    const Vector s = m[1] + m[2], d = m[1] - m[2], s2 = m[3] + m[4], d2 = m[3] - m[4];
    y[0] = m[0] + s + s2;
    y[1] = d + 2.0f * d2;
    y[2] = s + 4.0f * s2;
    y[3] = d + 8.0f * d2 + m[5];
  }
  static ALWAYS_INLINE void outputTransposed(const Vector (&d)[4], Vector (&m)[6]) {
    const Vector e = d[0] + d[2], o = d[1] + d[3], e2 = d[0] + 4.0f * d[2], o2 = 2.0f * d[1] + 8.0f * d[3];
    m[0] = d[0];
    m[1] = e + o;
    m[2] = e - o;
    m[3] = e2 + o2;
    m[4] = e2 - o2;
    m[5] = d[3];
  }
  static ALWAYS_INLINE void filterTransposed(const Vector (&u)[6], Vector (&g)[3]) {
    const Vector s = (u[1] + u[2]) * (-1.0f / 6), d = (u[2] - u[1]) * (1.0f / 6), s2 = u[3] + u[4], d2 = u[3] - u[4];
    g[0] = u[0] * 0.25f + s + s2 * (1.0f / 24);
    g[1] = d + d2 * (1.0f / 12);
    g[2] = s + s2 * (1.0f / 6) + u[5];
  }
};

}  // namespace kernels
