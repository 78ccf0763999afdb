// Convolutions of images [n, h, w, c] with filters [kh, kw, c, oc], forward and both gradients, computed directly: any window, stride and padding.
//
// An image is copied once into a border of zeros, so that no window needs a check. The sums are then products of register tiles: of pixels and filter taps
// (forward, gradient of the input), or of taps and pixels (gradient of the filter).
#pragma once
#include <algorithm>
#include <vector>

#include "Multiply.h"
#include "Scratch.h"
#include "Threads.h"

namespace kernels {

struct Convolution {
  long images, height, width, channels;  // of the input
  long outHeight, outWidth, outChannels;
  long windowHeight, windowWidth, stride, padding;
  long pixels() const { return height * width; }
  long outPixels() const { return outHeight * outWidth; }
  long taps() const { return windowHeight * windowWidth; }
};

// Images in a border of zeros.
struct Bordered {
  long height, width, channels;
  long top, left, bottom, right;
  // A pixel's numbers are padded where pixels a power of two apart would share few sets of the cache.
  long pixel() const { return channels % 32 == 0 ? channels + 16 : channels; }
  long row() const { return (left + width + right) * pixel(); }
  long size() const { return (top + height + bottom) * row(); }

  void copy(const float* image, float* to) const {
    const long step = pixel();
    for (long h = -top; h < height + bottom; h++, to += row()) {
      if (h < 0 || h >= height) {
        std::fill_n(to, row(), 0.0f);
        continue;
      }
      std::fill_n(to, left * step, 0.0f);
      std::fill_n(to + (left + width) * step, right * step, 0.0f);
      const float* from = image + h * width * channels;
      float* pixels = to + left * step;
      if (step == channels) memcpy(pixels, from, width * channels * sizeof(float));
      else
        for (long w = 0; w < width; w++) memcpy(pixels + w * step, from + w * channels, channels * sizeof(float));
    }
  }
};

// A convolution with stride 1 of some pixels of bordered images: which pixels, where their sums go, and the taps that each adds up.
struct Gather {
  std::vector<long> sources;  // of each pixel of an image, in the bordered image
  std::vector<long> targets;  // of each pixel of an image, in the result
  std::vector<long> offsets;  // of each tap, from the source
};

// Copies filters to panels: [panel][tap][channel][width of a panel]. `at(tap, channel, outChannel)` is a number of the filter.
template <class At>
float* packFilter(long taps, long channels, long outChannels, Panels panels, float* to, const At& at) {
  const long width = panels.width();
  for (long p = 0; p < panels.count; p++)
    for (long tap = 0; tap < taps; tap++)
      for (long c = 0; c < channels; c++, to += width)
        for (long j = 0; j < width; j++) {
          const long oc = p * width + j;
          to[j] = oc < outChannels ? at(tap, c, oc) : 0.0f;
        }
  return to;
}

// Images that a thread takes at once: several where they have few pixels, so that tiles of pixels are full.
inline long imagesAtOnce(long pixels) { return std::max(1L, 96 / std::max(1L, pixels)); }

template <int Columns>
void gather(
    const Gather& plan, const Bordered& bordered, long images, const float* x, const float* filter, Panels panels,
    long outChannels, long outImage, float* y) {
  const long pixels = plan.sources.size(), taps = plan.offsets.size(), channels = bordered.channels;
  const long group = imagesAtOnce(pixels), tiles = (group * pixels + kRows - 1) / kRows;
  const long panelSize = taps * channels * Columns * kWidth;
  Threads& threads = Threads::shared();
  threads.run([&](int index) {
    float* copies = scratch(kImages, group * bordered.size());
    const Share mine = share(images, index, threads.count());
    for (long n = mine.begin; n < mine.end; n += group) {
      const long here = std::min(group, mine.end - n), rows = here * pixels;
      for (long i = 0; i < here; i++) {
        bordered.copy(x + (n + i) * bordered.height * bordered.width * channels, copies + i * bordered.size());
      }
      // Some tiles share a pass over the filter, whose panels come from an outer cache.
      const long pass = 8;
      for (long first = 0; first < tiles && first * kRows < rows; first += pass)
        for (long p = 0; p < panels.count; p++)
          for (long tile = first; tile < first + pass && tile * kRows < rows; tile++) {
            const float* row[kRows];
            float* target[kRows];
            for (int i = 0; i < kRows; i++) {
              const long at = std::min(tile * kRows + i, rows - 1), image = at / pixels, pixel = at % pixels;
              row[i] = copies + image * bordered.size() + plan.sources[pixel];
              target[i] = y + (n + image) * outImage + plan.targets[pixel] + p * Columns * kWidth;
            }
            Tile<Columns> sums;
            sums.clear();
            const float* panel = filter + p * panelSize;
            for (long tap = 0; tap < taps; tap++, panel += channels * Columns * kWidth) {
              sums.add(row, plan.offsets[tap], 1, panel, channels);
            }
            const long left = outChannels - p * Columns * kWidth;
            float numbers[kRows][Columns * kWidth];
            if (left < Columns * kWidth) sums.storeTo(numbers[0], Columns * kWidth);
            for (int i = 0; i < kRows && tile * kRows + i < rows; i++) {
              if (left < Columns * kWidth) memcpy(target[i], numbers[i], left * sizeof(float));
              else
                for (int j = 0; j < Columns; j++) store(target[i] + j * kWidth, sums.sum[i][j]);
            }
          }
    }
  });
}

inline void gatherAny(
    const Gather& plan, const Bordered& bordered, long images, const float* x, const float* filter, Panels panels,
    long outChannels, long outImage, float* y) {
  if (panels.vectors == 1) gather<1>(plan, bordered, images, x, filter, panels, outChannels, outImage, y);
  else gather<2>(plan, bordered, images, x, filter, panels, outChannels, outImage, y);
}

inline void convolve(const Convolution& c, const float* x, const float* filter, float* y) {
  const Bordered bordered{c.height, c.width, c.channels, c.padding, c.padding, c.padding, c.padding};
  Gather plan;
  for (long h = 0; h < c.outHeight; h++)
    for (long w = 0; w < c.outWidth; w++) {
      plan.sources.push_back(h * c.stride * bordered.row() + w * c.stride * bordered.pixel());
      plan.targets.push_back((h * c.outWidth + w) * c.outChannels);
    }
  for (long kh = 0; kh < c.windowHeight; kh++)
    for (long kw = 0; kw < c.windowWidth; kw++) plan.offsets.push_back(kh * bordered.row() + kw * bordered.pixel());
  const Panels panels = panelsOf(c.outChannels);
  float* packed = scratch(kFilter, c.taps() * c.channels * panels.columns());
  packFilter(c.taps(), c.channels, c.outChannels, panels, packed, [&](long tap, long in, long out) {
    return filter[(tap * c.channels + in) * c.outChannels + out];
  });
  gatherAny(plan, bordered, c.images, x, packed, panels, c.outChannels, c.outPixels() * c.outChannels, y);
}

// With a stride s, the pixels of the input fall into s * s classes, each reached by other taps: a convolution of dy for each class.
inline void convolveGradInput(const Convolution& c, const float* filter, const float* dy, float* dx) {
  // How far a window reaches over the edges of dy.
  const auto before = [&](long window) { return std::max(0L, (window - 1 - c.padding + c.stride - 1) / c.stride); };
  const auto after = [&](long size, long outSize) { return std::max(0L, (size - 1 + c.padding) / c.stride - (outSize - 1)); };
  const Bordered bordered{
      c.outHeight, c.outWidth, c.outChannels, before(c.windowHeight), before(c.windowWidth),
      after(c.height, c.outHeight), after(c.width, c.outWidth)};
  const Panels panels = panelsOf(c.channels);
  float* packed = scratch(kFilter, c.taps() * c.outChannels * panels.columns());
  // The first pixel of a class is at `-padding + remainder`, or one stride on.
  const auto firstOf = [&](long remainder) { return ((remainder - c.padding) % c.stride + c.stride) % c.stride; };
  for (long rowClass = 0; rowClass < c.stride; rowClass++)
    for (long columnClass = 0; columnClass < c.stride; columnClass++) {
      Gather plan;
      for (long h = firstOf(rowClass); h < c.height; h += c.stride)
        for (long w = firstOf(columnClass); w < c.width; w += c.stride) {
          const long oh = (h + c.padding) / c.stride + bordered.top, ow = (w + c.padding) / c.stride + bordered.left;
          plan.sources.push_back(oh * bordered.row() + ow * bordered.pixel());
          plan.targets.push_back((h * c.width + w) * c.channels);
        }
      if (plan.sources.empty()) continue;
      std::vector<long> taps;
      for (long kh = rowClass; kh < c.windowHeight; kh += c.stride)
        for (long kw = columnClass; kw < c.windowWidth; kw += c.stride) {
          plan.offsets.push_back(-(kh / c.stride) * bordered.row() - kw / c.stride * bordered.pixel());
          taps.push_back(kh * c.windowWidth + kw);
        }
      packFilter(taps.size(), c.outChannels, c.channels, panels, packed, [&](long tap, long out, long in) {
        return filter[(taps[tap] * c.channels + in) * c.outChannels + out];
      });
      gatherAny(plan, bordered, c.images, dy, packed, panels, c.channels, c.pixels() * c.channels, dx);
    }
}

// Pixels of dy that are added up between two visits to a tile of sums: as many as leave the images in the first cache.
constexpr long kPixelsAtOnce = 128;

template <int Columns>
void gradFilter(const Convolution& c, Panels panels, const float* x, const float* dy, float* dfilter) {
  const Bordered bordered{c.height, c.width, c.channels, c.padding, c.padding, c.padding, c.padding};
  const long rows = c.taps() * c.channels, tiles = (rows + kRows - 1) / kRows, width = Columns * kWidth;
  const long tileSize = kRows * width, sumsSize = panels.count * tiles * tileSize;
  const long group = std::max(1L, kPixelsAtOnce / c.outPixels());
  const long lines = std::max(1L, kPixelsAtOnce / c.outWidth);  // of dy, at once
  const bool inPanels = c.outChannels == width;
  std::vector<long> sources(tiles * kRows);
  for (long r = 0; r < tiles * kRows; r++) {
    const long at = std::min(r, rows - 1), tap = at / c.channels;
    sources[r] =
        tap / c.windowWidth * bordered.row() + tap % c.windowWidth * bordered.pixel() + at % c.channels;
  }
  Threads& threads = Threads::shared();
  std::vector<float*> sums(threads.count());
  threads.run([&](int index) {
    float* copies = scratch(kImages, group * bordered.size());
    float* packed = inPanels ? nullptr : scratch(kPanel, group * c.outPixels() * panels.columns());
    float* mySums = scratch(kSums, sumsSize);
    sums[index] = mySums;
    std::fill_n(mySums, sumsSize, 0.0f);
    const Share mine = share(c.images, index, threads.count());
    for (long n = mine.begin; n < mine.end; n += group) {
      const long here = std::min(group, mine.end - n), pixels = here * c.outPixels();
      for (long i = 0; i < here; i++) {
        bordered.copy(x + (n + i) * c.pixels() * c.channels, copies + i * bordered.size());
      }
      const float* gradient = dy + n * c.outPixels() * c.outChannels;
      if (!inPanels) {
        float* to = packed;
        for (long p = 0; p < panels.count; p++) {
          const long count = std::min(width, c.outChannels - p * width);
          for (long k = 0; k < pixels; k++, to += width) {
            memcpy(to, gradient + k * c.outChannels + p * width, count * sizeof(float));
            std::fill(to + count, to + width, 0.0f);
          }
        }
        gradient = packed;
      }
      const long allLines = here * c.outHeight;
      for (long first = 0; first < allLines; first += lines) {
        const long last = std::min(allLines, first + lines);
        for (long p = 0; p < panels.count; p++)
          for (long tile = 0; tile < tiles; tile++) {
            const float* row[kRows];
            for (int i = 0; i < kRows; i++) row[i] = copies + sources[tile * kRows + i];
            float* to = mySums + (p * tiles + tile) * tileSize;
            Tile<Columns> tileSums;
            tileSums.loadFrom(to, width);
            for (long line = first; line < last; line++) {
              const long image = line / c.outHeight, h = line % c.outHeight;
              tileSums.add(
                  row, image * bordered.size() + h * c.stride * bordered.row(), c.stride * bordered.pixel(),
                  gradient + (p * pixels + line * c.outWidth) * width, c.outWidth);
            }
            tileSums.storeTo(to, width);
          }
      }
    }
  });
  threads.run([&](int index) {
    const Share mine = share(rows, index, threads.count());
    for (long r = mine.begin; r < mine.end; r++)
      for (long oc = 0; oc < c.outChannels; oc++) {
        float sum = 0;
        for (const float* each : sums) sum += each[((oc / width) * tiles * kRows + r) * width + oc % width];
        dfilter[r * c.outChannels + oc] = sum;
      }
  });
}

inline void convolveGradFilter(const Convolution& c, const float* x, const float* dy, float* dfilter) {
  const Panels panels = panelsOf(c.outChannels);
  if (panels.vectors == 1) gradFilter<1>(c, panels, x, dy, dfilter);
  else gradFilter<2>(c, panels, x, dy, dfilter);
}

}  // namespace kernels
