// The largest value of each square window of images [n, h, w, c], and the gradient, which the first of equal values gets.
#pragma once
#include <algorithm>

#include "Threads.h"
#include "Vector.h"

namespace kernels {

struct MaxPool {
  long images, height, width, channels, outHeight, outWidth, size, stride, padding;
  long image() const { return height * width * channels; }
  long outImage() const { return outHeight * outWidth * channels; }

  // The pixels of a window that lie in the image; padding never wins.
  struct Window {
    long top, bottom, left, right;
  };
  Window window(long row, long column) const {
    const long top = row * stride - padding, left = column * stride - padding;
    return {std::max(top, 0L), std::min(top + size, height), std::max(left, 0L), std::min(left + size, width)};
  }
};

// As in PyTorch a NaN is larger than any number.
ALWAYS_INLINE Bits larger(Vector x, Vector best) { return (x > best) | (x != x); }

// `f(offset of the pixel)` for the pixels of a window but the first.
template <class F>
ALWAYS_INLINE void eachOther(const MaxPool& p, const MaxPool::Window& window, const F& f) {
  for (long h = window.top; h < window.bottom; h++)
    for (long w = window.left; w < window.right; w++)
      if (h != window.top || w != window.left) f((h * p.width + w) * p.channels);
}

inline void maxPool(const MaxPool& p, const float* x, float* y) {
  Threads& threads = Threads::shared();
  threads.run([&](int index) {
    const Share mine = share(p.images * p.outHeight, index, threads.count());
    for (long i = mine.begin; i < mine.end; i++) {
      const float* image = x + i / p.outHeight * p.image();
      for (long column = 0; column < p.outWidth; column++) {
        const MaxPool::Window window = p.window(i % p.outHeight, column);
        const long first = (window.top * p.width + window.left) * p.channels;
        float* to = y + (i * p.outWidth + column) * p.channels;
        for (long c = 0; c < p.channels; c += kWidth) {
          const long lanes = p.channels - c;
          Vector best = loadSome(image + first + c, lanes);
          eachOther(p, window, [&](long pixel) {
            const Vector value = loadSome(image + pixel + c, lanes);
            best = larger(value, best) ? value : best;
          });
          storeSome(to + c, best, lanes);
        }
      }
    }
  });
}

// Where windows do not overlap, a pixel is written once, and nothing needs to be added up.
template <bool Disjoint>
void maxPoolGrad(const MaxPool& p, const float* x, const float* dy, float* dx) {
  const bool covered = Disjoint && p.padding == 0 && p.outHeight * p.size == p.height && p.outWidth * p.size == p.width;
  Threads& threads = Threads::shared();
  threads.run([&](int index) {
    const Share mine = share(p.images, index, threads.count());
    for (long n = mine.begin; n < mine.end; n++) {
      const float *image = x + n * p.image(), *gradients = dy + n * p.outImage();
      float* to = dx + n * p.image();
      if (!covered) std::fill_n(to, p.image(), 0.0f);
      for (long row = 0; row < p.outHeight; row++)
        for (long column = 0; column < p.outWidth; column++, gradients += p.channels) {
          const MaxPool::Window window = p.window(row, column);
          const long first = (window.top * p.width + window.left) * p.channels;
          for (long c = 0; c < p.channels; c += kWidth) {
            const long lanes = p.channels - c;
            Vector best = loadSome(image + first + c, lanes);
            // The distance of the largest from the first.
            Bits winner{};
            eachOther(p, window, [&](long pixel) {
              const Vector value = loadSome(image + pixel + c, lanes);
              const Bits wins = larger(value, best);
              best = wins ? value : best;
              winner = wins ? static_cast<int32_t>(pixel - first) - Bits{} : winner;
            });
            const Vector gradient = loadSome(gradients + c, lanes);
            const auto give = [&](long pixel) {
              float* at = to + pixel + c;
              const Vector mine = where(winner == static_cast<int32_t>(pixel - first) - Bits{}, gradient);
              storeSome(at, Disjoint ? mine : loadSome(at, lanes) + mine, lanes);
            };
            give(first);
            eachOther(p, window, give);
          }
        }
    }
  });
}

inline void maxPoolGrad(const MaxPool& p, const float* x, const float* dy, float* dx) {
  if (p.stride >= p.size) maxPoolGrad<true>(p, x, dy, dx);
  else maxPoolGrad<false>(p, x, dy, dx);
}

}  // namespace kernels
