#include "../Pixels.h"

#include "Test.h"

namespace {

const test::Register formula("pixels: the formula, for any number of pixels and channels", [] {
  for (long channels = 1; channels <= 17; channels++)
    for (const long rows : {1, 2, 31, 1024, 3001}) {
      const kernels::Lanes lanes(rows, channels);
      const test::Floats factors = test::normal(channels, 1), shifts = test::normal(channels, 2);
      std::vector<uint8_t> pixels(rows * channels);
      for (size_t i = 0; i < pixels.size(); i++) pixels[i] = i * 37 % 256;
      test::Floats factor(lanes.period), shift(lanes.period), y(pixels.size(), -1);
      lanes.repeat(factors.data(), factor.data());
      lanes.repeat(shifts.data(), shift.data());
      kernels::normalizePixels(lanes, pixels.data(), factor.data(), shift.data(), y.data());
      test::Doubles expected(pixels.size());
      for (size_t i = 0; i < pixels.size(); i++) expected[i] = double(pixels[i]) * factors[i % channels] + shifts[i % channels];
      test::close(y, expected, 1e-6, "[" + std::to_string(rows) + ", " + std::to_string(channels) + "]");
    }
});

}  // namespace
