#include "../MaxPool.h"

#include "Test.h"

namespace {

using kernels::MaxPool;
using test::Doubles;
using test::Floats;

MaxPool poolOf(long images, long height, long width, long channels, long size, long stride, long padding) {
  const auto out = [&](long length) { return (length + 2 * padding - size) / stride + 1; };
  return {images, height, width, channels, out(height), out(width), size, stride, padding};
}

// One number at a time: the largest, and where it is.
void follows(const MaxPool& p, Floats x, const std::string& what) {
  const Floats dy = test::normal(p.images * p.outImage(), 2);
  Floats y(dy.size()), dx(x.size(), 7);
  Doubles expected(dy.size()), gradient(x.size(), 0);
  for (long n = 0; n < p.images; n++)
    for (long row = 0; row < p.outHeight; row++)
      for (long column = 0; column < p.outWidth; column++)
        for (long c = 0; c < p.channels; c++) {
          long best = -1;
          for (long h = row * p.stride - p.padding; h < row * p.stride - p.padding + p.size; h++)
            for (long w = column * p.stride - p.padding; w < column * p.stride - p.padding + p.size; w++) {
              if (h < 0 || h >= p.height || w < 0 || w >= p.width) continue;
              const long at = ((n * p.height + h) * p.width + w) * p.channels + c;
              if (best < 0 || x[at] > x[best] || std::isnan(x[at])) best = at;
            }
          const long at = ((n * p.outHeight + row) * p.outWidth + column) * p.channels + c;
          expected[at] = x[best];
          gradient[best] += dy[at];
        }
  kernels::maxPool(p, x.data(), y.data());
  test::close(y, expected, 0, what + ": y");
  kernels::maxPoolGrad(p, x.data(), dy.data(), dx.data());
  test::close(dx, gradient, 1e-6, what + ": dx");
}

const test::Register pools("max pooling: windows, strides and padding, any number of channels", [] {
  for (const long channels : {1, 3, 8, 16, 17, 32, 40})
    for (const long size : {1, 2, 3})
      for (const long stride : {1, 2, 3})
        for (long padding = 0; padding < size; padding++) {
          const MaxPool p = poolOf(3, 9, 8, channels, size, stride, padding);
          const std::string what = std::to_string(channels) + " channels, size " + std::to_string(size) + ", stride " +
                                   std::to_string(stride) + ", padding " + std::to_string(padding);
          Floats x = test::normal(p.images * p.image(), 1);
          follows(p, x, what);
          for (float& value : x) value = std::round(value);
          follows(p, x, what + ", equal values");
          for (size_t i = 0; i < x.size(); i += 31) x[i] = NAN;
          follows(p, x, what + ", with NaN");
        }
});

}  // namespace
