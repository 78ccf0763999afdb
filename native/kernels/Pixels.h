// Pixels of 0 to 255 as normalised floats: y = pixel factor + shift, with a factor and a shift a channel.
#pragma once
#include "Lanes.h"
#include "Threads.h"
#include "Vector.h"

namespace kernels {

// `factor` and `shift` are repeated over a period.
inline void normalizePixels(const Lanes& lanes, const uint8_t* pixels, const float* factor, const float* shift, float* y) {
  const auto visit = [&](auto access, long start, long column, long steps) {
    for (long step = 0; step < steps; step++)
      for (long i = 0; i < decltype(access)::count; i++) {
        const long at = start + step * lanes.period + i * kWidth, lane = column + i * kWidth;
        access.store(y + at, multiplyAdd(access.load(pixels + at), load(factor + lane), load(shift + lane)));
      }
  };
  Threads::shared().run([&](int index) { sweep(lanes, lanes.share(index), visit); });
}

}  // namespace kernels
