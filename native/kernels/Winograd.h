// Convolutions with a window of 3x3 and stride 1 by Winograd's minimal filtering: images and filters are transformed, a product of matrices for each point of
// the transform does the work, and the result is transformed back. WinogradTiles.h has the transforms.
//
// Source: Lavin and Gray 2015, arXiv:1509.09308. The gradients use the transposed transforms.
#pragma once
#include "Convolution.h"
#include "WinogradTiles.h"

namespace kernels {

// A transform along both axes.
template <int From, int To, void (*Along)(const Vector (&)[From], Vector (&)[To])>
ALWAYS_INLINE void transform(const Vector (&from)[From][From], Vector (&to)[To][To]) {
  Vector half[From][To];
#pragma GCC unroll 8
  for (int i = 0; i < From; i++) Along(from[i], half[i]);
#pragma GCC unroll 8
  for (int j = 0; j < To; j++) {
    Vector column[From], result[To];
#pragma GCC unroll 8
    for (int i = 0; i < From; i++) column[i] = half[i][j];
    Along(column, result);
#pragma GCC unroll 8
    for (int i = 0; i < To; i++) to[i][j] = result[i];
  }
}

// Where the tiles of a batch of maps lie, and how many are transformed at once.
struct Tiling {
  long images, height, width, down, across;
  Tiling(long images, long height, long width)
      : images(images), height(height), width(width), down((height + Tiles::kOut - 1) / Tiles::kOut),
        across((width + Tiles::kOut - 1) / Tiles::kOut) {}
  long count() const { return images * down * across; }
  struct At {
    long image, row, column;  // of the tile's first pixel
  };
  At at(long tile) const {
    return {tile / (down * across), tile / across % down * Tiles::kOut, tile % across * Tiles::kOut};
  }
};

// The transformed tiles of a block: [point][tile][number], a cache line between the points so that they do not share sets of the cache.
struct Points {
  float* data;
  long tiles, numbers;
  long plane() const { return tiles * numbers + 16; }
  float* at(long point, long tile) const { return data + point * plane() + tile * numbers; }
  static long size(int points, long tiles, long numbers) { return points * (tiles * numbers + 16); }
};

// Tiles at once: as many as leave what is transformed in the second cache.
inline long tilesAtOnce(int points, long channels, long outChannels, long cacheFloats) {
  const long fitting = cacheFloats / (points * (channels + outChannels));
  return std::max<long>(6 * kRows, std::min<long>(64, fitting) / kRows * kRows);
}
constexpr long kCacheFloats = 64 * 1024;

// Transforms the patches of tiles [first, first + count) of `x`, whose windows begin `padding` pixels before the tile.
inline void transformPatches(
    const Tiling& tiling, long height, long width, long channels, long padding, const float* x, const float* zeros,
    long first, long count, const Points& points) {
  for (long t = 0; t < count; t++) {
    const auto tile = tiling.at(first + t);
    const float* pixels[Tiles::kIn][Tiles::kIn];
    for (int i = 0; i < Tiles::kIn; i++)
      for (int j = 0; j < Tiles::kIn; j++) {
        const long h = tile.row - padding + i, w = tile.column - padding + j;
        const bool inside = h >= 0 && h < height && w >= 0 && w < width;
        pixels[i][j] = inside ? x + ((tile.image * height + h) * width + w) * channels : zeros;
      }
    float* to = points.at(0, t);
    for (long c = 0; c < channels; c += kWidth) {
      Vector d[Tiles::kIn][Tiles::kIn], v[Tiles::kIn][Tiles::kIn];
      for (int i = 0; i < Tiles::kIn; i++)
        for (int j = 0; j < Tiles::kIn; j++) d[i][j] = loadSome(pixels[i][j] + c, channels - c);
      transform<Tiles::kIn, Tiles::kIn, Tiles::input>(d, v);
      for (int i = 0; i < Tiles::kIn; i++)
        for (int j = 0; j < Tiles::kIn; j++) store(to + (i * Tiles::kIn + j) * points.plane() + c, v[i][j]);
    }
  }
}

// products[t] = patches[t] * filter, for each point.
template <int Columns>
void multiplyPoints(int points, long tiles, const Points& patches, long channels, const float* filter, long panelCount, const Points& products) {
  for (int point = 0; point < points; point++)
    for (long p = 0; p < panelCount; p++) {
      const float* panel = filter + (point * panelCount + p) * channels * Columns * kWidth;
      for (long t = 0; t < tiles; t += kRows) {
        const float* row[kRows];
        for (int i = 0; i < kRows; i++) row[i] = patches.at(point, t + i);
        Tile<Columns> sums;
        sums.clear();
        sums.add(row, 0, 1, panel, channels);
        sums.storeTo(products.at(point, t) + p * Columns * kWidth, products.numbers);
      }
    }
}

// The convolution of `x` with transformed filters: the forward one, or that of dy which gives the gradient of the input.
template <int Columns>
void convolveTransformed(const Convolution& c, const float* x, const float* filter, Panels panels, float* y) {
  constexpr int points = Tiles::kIn * Tiles::kIn;
  const Tiling tiling(c.images, c.outHeight, c.outWidth);
  const long depth = roundUp(c.channels, kWidth), columns = panels.columns();
  const long block = tilesAtOnce(points, depth, columns, kCacheFloats);
  const std::vector<float> zeros(depth, 0.0f);
  Threads& threads = Threads::shared();
  threads.run([&](int index) {
    const Points patches{scratch(kImages, Points::size(points, block, depth)), block, depth};
    const Points products{scratch(kPanel, Points::size(points, block, columns)), block, columns};
    const Share mine = share(tiling.count(), index, threads.count(), kRows);
    for (long first = mine.begin; first < mine.end; first += block) {
      const long count = std::min(block, mine.end - first);
      transformPatches(tiling, c.height, c.width, c.channels, c.padding, x, zeros.data(), first, count, patches);
      multiplyPoints<Columns>(points, roundUp(count, kRows), patches, c.channels, filter, panels.count, products);
      for (long t = 0; t < count; t++) {
        const auto tile = tiling.at(first + t);
        for (long oc = 0; oc < c.outChannels; oc += kWidth) {
          Vector m[Tiles::kIn][Tiles::kIn], out[Tiles::kOut][Tiles::kOut];
          for (int i = 0; i < Tiles::kIn; i++)
            for (int j = 0; j < Tiles::kIn; j++) m[i][j] = load(products.at(i * Tiles::kIn + j, t) + oc);
          transform<Tiles::kIn, Tiles::kOut, Tiles::output>(m, out);
          for (int i = 0; i < Tiles::kOut && tile.row + i < c.outHeight; i++)
            for (int j = 0; j < Tiles::kOut && tile.column + j < c.outWidth; j++) {
              const long pixel = (tile.image * c.outHeight + tile.row + i) * c.outWidth + tile.column + j;
              storeSome(y + pixel * c.outChannels + oc, out[i][j], c.outChannels - oc);
            }
        }
      }
    }
  });
}

// Filters as panels of each point: [point][panel][channel][width of a panel]. `at(tap, channel, outChannel)` is a number of the filter.
template <class At>
void transformFilter(long channels, long outChannels, Panels panels, float* to, const At& at) {
  constexpr int points = Tiles::kIn * Tiles::kIn;
  Threads& threads = Threads::shared();
  threads.run([&](int index) {
    const Share mine = share(channels, index, threads.count());
    for (long c = mine.begin; c < mine.end; c++)
      for (long oc = 0; oc < panels.columns(); oc += kWidth) {
        Vector g[3][3], u[Tiles::kIn][Tiles::kIn];
        for (int tap = 0; tap < 9; tap++) {
          float numbers[kWidth];
          for (long j = 0; j < kWidth; j++) numbers[j] = oc + j < outChannels ? at(tap, c, oc + j) : 0.0f;
          g[tap / 3][tap % 3] = load(numbers);
        }
        transform<3, Tiles::kIn, Tiles::filter>(g, u);
        const long panel = oc / panels.width();
        for (int point = 0; point < points; point++) {
          float* row = to + ((point * panels.count + panel) * channels + c) * panels.width();
          store(row + oc % panels.width(), u[point / Tiles::kIn][point % Tiles::kIn]);
        }
      }
  });
}

template <class At>
void winograd(const Convolution& c, const float* x, float* y, const At& at) {
  const Panels panels = panelsOf(c.outChannels);
  float* filter = scratch(kFilter, Tiles::kIn * Tiles::kIn * c.channels * panels.columns());
  transformFilter(c.channels, c.outChannels, panels, filter, at);
  if (panels.vectors == 1) convolveTransformed<1>(c, x, filter, panels, y);
  else convolveTransformed<2>(c, x, filter, panels, y);
}

// Whether a convolution can be computed this way.
inline bool suitsWinograd(const Convolution& c) {
  return c.windowHeight == 3 && c.windowWidth == 3 && c.stride == 1 && c.padding <= 2;
}

inline void winogradConvolve(const Convolution& c, const float* x, const float* filter, float* y) {
  winograd(c, x, y, [&](long tap, long in, long out) { return filter[(tap * c.channels + in) * c.outChannels + out]; });
}

// The gradient of the input is the convolution of dy with the filter turned by 180 degrees, its channels exchanged.
inline void winogradGradInput(const Convolution& c, const float* filter, const float* dy, float* dx) {
  const Convolution turned{c.images, c.outHeight, c.outWidth, c.outChannels, c.height, c.width, c.channels, 3, 3, 1, 2 - c.padding};
  winograd(turned, dy, dx, [&](long tap, long out, long in) { return filter[((8 - tap) * c.channels + in) * c.outChannels + out]; });
}

template <int Columns>
void gradFilterTransformed(const Convolution& c, Panels panels, const float* x, const float* dy, float* dfilter) {
  constexpr int points = Tiles::kIn * Tiles::kIn;
  const Tiling tiling(c.images, c.outHeight, c.outWidth);
  const long depth = roundUp(roundUp(c.channels, kWidth), kRows), columns = panels.columns(), width = panels.width();
  const long block = tilesAtOnce(points, depth, columns, 2 * kCacheFloats);
  const long plane = depth * columns;  // of the sums of a point: [panel][channel][width of a panel]
  const std::vector<float> zeros(depth, 0.0f);
  Threads& threads = Threads::shared();
  std::vector<float*> sums(threads.count());
  threads.run([&](int index) {
    const Points patches{scratch(kImages, Points::size(points, block, depth)), block, depth};
    const Points gradients{scratch(kPanel, Points::size(points, block, columns)), block, columns};
    float* mySums = scratch(kSums, points * plane);
    sums[index] = mySums;
    std::fill_n(mySums, points * plane, 0.0f);
    std::fill_n(patches.data, Points::size(points, block, depth), 0.0f);
    const Share mine = share(tiling.count(), index, threads.count());
    for (long first = mine.begin; first < mine.end; first += block) {
      const long count = std::min(block, mine.end - first);
      transformPatches(tiling, c.height, c.width, c.channels, c.padding, x, zeros.data(), first, count, patches);
      // Into panels [point][panel][tile][width of a panel], in which a product of matrices reads them.
      for (long t = 0; t < count; t++) {
        const auto tile = tiling.at(first + t);
        for (long oc = 0; oc < columns; oc += kWidth) {
          Vector d[Tiles::kOut][Tiles::kOut], m[Tiles::kIn][Tiles::kIn];
          for (int i = 0; i < Tiles::kOut; i++)
            for (int j = 0; j < Tiles::kOut; j++) {
              const bool inside = tile.row + i < c.outHeight && tile.column + j < c.outWidth && oc < c.outChannels;
              const long pixel = (tile.image * c.outHeight + tile.row + i) * c.outWidth + tile.column + j;
              d[i][j] = inside ? loadSome(dy + pixel * c.outChannels + oc, c.outChannels - oc) : Vector{};
            }
          transform<Tiles::kOut, Tiles::kIn, Tiles::outputTransposed>(d, m);
          float* to = gradients.data + (oc / width * block + t) * width + oc % width;
          for (int i = 0; i < Tiles::kIn; i++)
            for (int j = 0; j < Tiles::kIn; j++) store(to + (i * Tiles::kIn + j) * gradients.plane(), m[i][j]);
        }
      }
      for (int point = 0; point < points; point++)
        for (long p = 0; p < panels.count; p++)
          for (long channel = 0; channel < depth; channel += kRows) {
            const float* row[kRows];
            for (int i = 0; i < kRows; i++) row[i] = patches.at(point, 0) + channel + i;
            float* to = mySums + point * plane + (p * depth + channel) * width;
            Tile<Columns> tile;
            tile.loadFrom(to, width);
            tile.add(row, 0, depth, gradients.at(point, 0) + p * block * width, count);
            tile.storeTo(to, width);
          }
    }
  });
  threads.run([&](int index) {
    const Share mine = share(c.channels, index, threads.count());
    for (long channel = mine.begin; channel < mine.end; channel++)
      for (long oc = 0; oc < c.outChannels; oc += kWidth) {
        const long at = (oc / width * depth + channel) * width + oc % width;
        Vector u[Tiles::kIn][Tiles::kIn], g[3][3];
        for (int point = 0; point < points; point++) {
          Vector sum{};
          for (const float* each : sums) sum += load(each + point * plane + at);
          u[point / Tiles::kIn][point % Tiles::kIn] = sum;
        }
        transform<Tiles::kIn, 3, Tiles::filterTransposed>(u, g);
        for (int tap = 0; tap < 9; tap++) {
          storeSome(dfilter + (tap * c.channels + channel) * c.outChannels + oc, g[tap / 3][tap % 3], c.outChannels - oc);
        }
      }
  });
}

inline void winogradGradFilter(const Convolution& c, const float* x, const float* dy, float* dfilter) {
  const Panels panels = panelsOf(c.outChannels);
  if (panels.vectors == 1) gradFilterTransformed<1>(c, panels, x, dy, dfilter);
  else gradFilterTransformed<2>(c, panels, x, dy, dfilter);
}

}  // namespace kernels
