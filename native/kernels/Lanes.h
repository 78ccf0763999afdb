// Arrays of shape [rows, channels] as vectors. Any number of channels works: after a period of floats, which is a whole number of rows and of vectors, a lane
// meets the same channel again.
#pragma once
#include <algorithm>
#include <numeric>

#include "Threads.h"
#include "Vector.h"

namespace kernels {

// How many vectors a loop over rows works on side by side, so that it need not wait for one addition before the next.
constexpr long kGroup = 4;

struct Lanes {
  const long rows, channels;
  const long periodRows;  // rows of a period
  const long period;      // floats of a period
  const long steps;       // periods of a block, which is small enough for the cache and for a sum in single precision

  Lanes(long rows, long channels)
      : rows(rows),
        channels(channels),
        periodRows(rowsOfPeriod(channels)),
        period(periodRows * channels),
        steps(std::max(1L, std::min(kBlockSteps, kBlockFloats / period))) {}

  // The rows that a thread works on.
  Share share(int index, int count) const { return kernels::share(rows, index, count, periodRows); }

  // One value a channel, repeated over a period.
  template <class Value>
  void repeat(const Value* values, float* lanes) const {
    for (long i = 0; i < period; i += channels)
      for (long channel = 0; channel < channels; channel++) lanes[i + channel] = values[channel];
  }

 private:
  static constexpr long kBlockSteps = 64, kBlockFloats = 8192;

  static long rowsOfPeriod(long channels) {
    const long rows = kWidth / std::gcd(channels, kWidth);
    return rows * channels < kGroup * kWidth ? rows * kGroup : rows;
  }
};

// `Count` vectors that lie side by side.
template <long Count>
struct Whole {
  static constexpr long count = Count;
  Vector load(const float* from) const { return kernels::load(from); }
  Vector load(const uint8_t* from) const { return kernels::load(from); }
  void store(float* to, Vector v) const { kernels::store(to, v); }
  // Adds each lane to a total in double precision.
  void add(double* totals, Vector v) const {
    for (long lane = 0; lane < kWidth; lane++) totals[lane] += v[lane];
  }
};

// One vector of which only the first lanes exist: the end of an array.
struct Part {
  static constexpr long count = 1;
  const long lanes;
  Vector load(const float* from) const {
    float values[kWidth] = {};
    std::copy_n(from, lanes, values);
    return kernels::load(values);
  }
  Vector load(const uint8_t* from) const {
    uint8_t values[kWidth] = {};
    std::copy_n(from, lanes, values);
    return kernels::load(values);
  }
  void store(float* to, Vector v) const {
    float values[kWidth];
    kernels::store(values, v);
    std::copy_n(values, lanes, to);
  }
  void add(double* totals, Vector v) const {
    for (long lane = 0; lane < lanes; lane++) totals[lane] += v[lane];
  }
};

enum class Order { kForwards, kBackwards };

// Calls `visit(access, start, column, steps)` for all vectors of some rows, a block after the other: `access.count` vectors from the float `start` of the
// array on, at `column` in their period, and those as many periods further on as `steps` says.
//
// A second sweep over the same rows goes backwards, because what the first one read last is still in the cache.
template <class Visit>
void sweep(const Lanes& lanes, Share rows, Order order, const Visit& visit) {
  const long start = rows.begin * lanes.channels, floats = (rows.end - rows.begin) * lanes.channels;
  const long periods = floats / lanes.period, blocks = (periods + lanes.steps - 1) / lanes.steps;
  const auto columns = [&](long start, long width, long steps) {
    long column = 0;
    for (; column + kGroup * kWidth <= width; column += kGroup * kWidth) visit(Whole<kGroup>{}, start + column, column, steps);
    for (; column + kWidth <= width; column += kWidth) visit(Whole<1>{}, start + column, column, steps);
    if (column < width) visit(Part{width - column}, start + column, column, steps);
  };
  const auto block = [&](long index) {
    const long first = index * lanes.steps;
    columns(start + first * lanes.period, lanes.period, std::min(lanes.steps, periods - first));
  };
  const auto rest = [&] { columns(start + periods * lanes.period, floats - periods * lanes.period, 1); };
  if (order == Order::kForwards) {
    for (long index = 0; index < blocks; index++) block(index);
    rest();
  } else {
    rest();
    for (long index = blocks - 1; index >= 0; index--) block(index);
  }
}

}  // namespace kernels
