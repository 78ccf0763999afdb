// The channels of a tensor: its last dimension. All others are rows.
#pragma once
#include "Lanes.h"
#include "Operation.h"

namespace kernels {

inline Lanes lanesOf(const Shape& shape, const char* name) {
  if (shape.empty() || sizeOf(shape) == 0) fail(std::string(name) + ": expected at least one row of channels, got the shape " + show(shape));
  return Lanes(sizeOf(shape) / shape.back(), shape.back());
}

}  // namespace kernels
