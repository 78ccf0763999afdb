#include "../Winograd.h"
#include "Test.h"

namespace {

using kernels::Convolution;
using test::Doubles;
using test::Floats;

Convolution shaped(long images, long height, long width, long channels, long outChannels, long window, long stride, long padding) {
  const auto out = [&](long size) { return (size + 2 * padding - window) / stride + 1; };
  return {images, height, width, channels, out(height), out(width), outChannels, window, window, stride, padding};
}

std::string name(const Convolution& c) {
  return "[" + std::to_string(c.images) + ", " + std::to_string(c.height) + ", " + std::to_string(c.width) + ", " + std::to_string(c.channels) +
         "] to " + std::to_string(c.outChannels) + ", window " + std::to_string(c.windowHeight) + ", stride " + std::to_string(c.stride) + ", padding " +
         std::to_string(c.padding) + ": ";
}

// A convolution's numbers, and what loops in double make of them.
struct Problem {
  Convolution c;
  Floats x, filter, dy;
  Doubles y, dx, dfilter;

  explicit Problem(const Convolution& c)
      : c(c), x(test::normal(c.images * c.pixels() * c.channels, 1)), filter(test::normal(c.taps() * c.channels * c.outChannels, 2)),
        dy(test::normal(c.images * c.outPixels() * c.outChannels, 3)), y(dy.size()), dx(x.size()), dfilter(filter.size()) {
    for (long n = 0; n < c.images; n++)
      for (long oh = 0; oh < c.outHeight; oh++)
        for (long ow = 0; ow < c.outWidth; ow++)
          for (long kh = 0; kh < c.windowHeight; kh++)
            for (long kw = 0; kw < c.windowWidth; kw++) {
              const long h = oh * c.stride - c.padding + kh, w = ow * c.stride - c.padding + kw;
              if (h < 0 || h >= c.height || w < 0 || w >= c.width) continue;
              const long from = ((n * c.height + h) * c.width + w) * c.channels;
              const long to = ((n * c.outHeight + oh) * c.outWidth + ow) * c.outChannels;
              for (long in = 0; in < c.channels; in++)
                for (long out = 0; out < c.outChannels; out++) {
                  const long weight = ((kh * c.windowWidth + kw) * c.channels + in) * c.outChannels + out;
                  y[to + out] += double(x[from + in]) * filter[weight];
                  dx[from + in] += double(dy[to + out]) * filter[weight];
                  dfilter[weight] += double(dy[to + out]) * x[from + in];
                }
            }
  }

  // Each of the three kernels, into memory that holds other numbers.
  template <class Forward, class GradInput, class GradFilter>
  void compare(const std::string& how, double tolerance, Forward forward, GradInput gradInput, GradFilter gradFilter) const {
    Floats result(y.size(), -1);
    forward(c, x.data(), filter.data(), result.data());
    test::close(result, y, tolerance, how + name(c) + "y");
    result.assign(x.size(), -1);
    gradInput(c, filter.data(), dy.data(), result.data());
    test::close(result, dx, tolerance, how + name(c) + "dx");
    result.assign(filter.size(), -1);
    gradFilter(c, x.data(), dy.data(), result.data());
    test::close(result, dfilter, tolerance, how + name(c) + "dfilter");
  }
};

const test::Register direct("direct convolutions equal loops in double", [] {
  std::vector<Convolution> all;
  for (const long window : {1, 2, 3, 5})
    for (const long stride : {1, 2, 3})
      for (const long padding : {0, 1, 2})
        for (const auto& [channels, outChannels] : {std::pair<long, long>{1, 6}, {3, 16}, {5, 33}, {32, 9}}) {
          all.push_back(shaped(3, 7, 6, channels, outChannels, window, stride, padding));
        }
  all.push_back(shaped(1, 5, 5, 1, 1, 5, 1, 0));    // one pixel
  all.push_back(shaped(2, 3, 9, 4, 4, 3, 4, 1));    // a stride beyond the window
  all.push_back(shaped(5, 4, 4, 64, 128, 3, 2, 1));
  all.push_back(shaped(2, 23, 21, 16, 40, 3, 2, 1));
  for (const Convolution& c : all) {
    Problem(c).compare("", 1e-5, kernels::convolve, kernels::convolveGradInput, kernels::convolveGradFilter);
  }
});

const test::Register winograd("Winograd's convolutions equal loops in double", [] {
  std::vector<Convolution> all;
  for (const long padding : {0, 1, 2})
    for (const auto& [height, width] : {std::pair<long, long>{3, 3}, {4, 5}, {7, 7}, {9, 16}})
      for (const auto& [channels, outChannels] : {std::pair<long, long>{1, 1}, {3, 17}, {16, 16}, {20, 48}}) {
        all.push_back(shaped(2, height, width, channels, outChannels, 3, 1, padding));
      }
  all.push_back(shaped(9, 8, 8, 64, 64, 3, 1, 1));
  all.push_back(shaped(70, 3, 3, 32, 32, 3, 1, 1));  // several blocks of tiles
  all.push_back(shaped(2, 15, 15, 128, 64, 3, 1, 1));
  for (const Convolution& c : all) {
    const Problem problem(c);
    problem.compare(
        "by Winograd, ", 5e-5, kernels::winogradConvolve, kernels::winogradGradInput, kernels::winogradGradFilter);
  }
});

const test::Register repeats("convolutions repeat bit for bit", [] {
  const Problem problem(shaped(33, 9, 9, 32, 32, 3, 1, 1));
  const auto twice = [&](auto run, size_t size, const std::string& what) {
    Floats first(size), second(size);
    run(first.data());
    run(second.data());
    test::check(first == second, what + " differs between two calls");
  };
  const Convolution& c = problem.c;
  const float *x = problem.x.data(), *filter = problem.filter.data(), *dy = problem.dy.data();
  twice([&](float* to) { kernels::convolve(c, x, filter, to); }, problem.y.size(), "y");
  twice([&](float* to) { kernels::convolveGradFilter(c, x, dy, to); }, problem.filter.size(), "dfilter");
  twice([&](float* to) { kernels::winogradConvolve(c, x, filter, to); }, problem.y.size(), "y by Winograd");
  twice([&](float* to) { kernels::winogradGradFilter(c, x, dy, to); }, problem.filter.size(), "dfilter by Winograd");
});

}  // namespace
