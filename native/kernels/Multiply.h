// The product that every convolution comes down to: a register tile of sums over rows of numbers times panels of vectors.
#pragma once
#include "Vector.h"

namespace kernels {

// A tile has so many rows, and one or two vectors of columns: as many sums as hide the latency of a multiply-add, in registers.
constexpr int kRows = VECTOR_WIDTH == 16 ? 8 : 6;
constexpr int kMaxColumns = 2;

template <int Columns>
struct Tile {
  Vector sum[kRows][Columns];

  ALWAYS_INLINE void clear() {
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++)
#pragma GCC unroll 2
      for (int j = 0; j < Columns; j++) sum[i][j] = Vector{};
  }

  // sum[i] += rows[i][offset + k * step] * panel[k], for every k below `depth`.
  ALWAYS_INLINE void add(const float* const* rows, long offset, long step, const float* panel, long depth) {
    const float* row[kRows];
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++) row[i] = rows[i] + offset;
    for (long k = 0; k < depth; k++, panel += Columns * kWidth) {
      Vector column[Columns];
#pragma GCC unroll 2
      for (int j = 0; j < Columns; j++) column[j] = load(panel + j * kWidth);
#pragma GCC unroll 8
      for (int i = 0; i < kRows; i++) {
        const Vector x = broadcast(*row[i]);
        row[i] += step;
#pragma GCC unroll 2
        for (int j = 0; j < Columns; j++) sum[i][j] = multiplyAdd(x, column[j], sum[i][j]);
      }
    }
  }

  ALWAYS_INLINE void loadFrom(const float* from, long rowLength) {
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++)
#pragma GCC unroll 2
      for (int j = 0; j < Columns; j++) sum[i][j] = load(from + i * rowLength + j * kWidth);
  }

  ALWAYS_INLINE void storeTo(float* to, long rowLength) const {
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++)
#pragma GCC unroll 2
      for (int j = 0; j < Columns; j++) store(to + i * rowLength + j * kWidth, sum[i][j]);
  }
};

// How the columns of a matrix are cut into panels of `vectors` vectors; the last panel is filled up with zeros.
struct Panels {
  int vectors;
  long count;
  long width() const { return vectors * kWidth; }
  long columns() const { return count * width(); }
};
inline Panels panelsOf(long columns) {
  const long vectors = (columns + kWidth - 1) / kWidth;
  const int each = vectors < kMaxColumns ? vectors : kMaxColumns;
  return {each, (vectors + each - 1) / each};
}

inline long roundUp(long value, long unit) { return (value + unit - 1) / unit * unit; }

}  // namespace kernels
