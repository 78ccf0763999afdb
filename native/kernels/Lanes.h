// Arrays of shape [rows, channels] as vectors. Any number of channels works: after a period of floats, which is a whole number of rows and of vectors, a lane
// meets the same channel again.
#pragma once
#include <algorithm>
#include <numeric>

#include "Threads.h"
#include "Vector.h"

namespace kernels {

// How many vectors a loop works on side by side, so that it need not wait for one addition before the next.
constexpr long kGroup = 4;

struct Lanes {
  const long rows, channels;
  const long periodRows;  // rows of a period
  const long period;      // floats of a period, at least a group of vectors

  Lanes(long rows, long channels) : rows(rows), channels(channels), periodRows(rowsOfPeriod(channels)), period(periodRows * channels) {}

  // The rows that a thread works on.
  Share share(int index) const { return kernels::share(rows, index, Threads::shared().count(), periodRows); }

  // One value a channel, repeated over a period.
  void repeat(const float* values, float* lanes) const {
    for (long i = 0; i < period; i += channels) std::copy_n(values, channels, lanes + i);
  }

 private:
  static long rowsOfPeriod(long channels) {
    long rows = kWidth / std::gcd(channels, kWidth);
    while (rows * channels < kGroup * kWidth) rows *= 2;
    return rows;
  }
};

// `Count` vectors that lie side by side.
template <long Count>
struct Whole {
  static constexpr long count = Count;
  Vector load(const float* from) const { return kernels::load(from); }
  Vector load(const uint8_t* from) const { return kernels::load(from); }
  void store(float* to, Vector v) const { kernels::store(to, v); }
};

// One vector of which only the first lanes exist: the end of an array.
struct Part {
  static constexpr long count = 1;
  const long lanes;
  Vector load(const float* from) const { return loadSome(from, lanes); }
  Vector load(const uint8_t* from) const {
    uint8_t values[kWidth] = {};
    std::copy_n(from, lanes, values);
    return kernels::load(values);
  }
  void store(float* to, Vector v) const { storeSome(to, v, lanes); }
};

// Calls `visit(access, start, column, steps)` for all vectors of some rows, which begin at a period: `access.count` vectors from the float `start` of the array
// on, at `column` in their period, and those as many periods further on as `steps` says.
//
// Memory is read in its order, the only one that the processor fetches ahead in; `steps` is above 1 where a period is one group of vectors, so that values a
// lane stay in registers.
template <class Visit>
void sweep(const Lanes& lanes, Share rows, const Visit& visit) {
  const long end = rows.end * lanes.channels;
  long start = rows.begin * lanes.channels;
  if (lanes.period == kGroup * kWidth) {
    const long steps = (end - start) / lanes.period;
    visit(Whole<kGroup>{}, start, 0, steps);
    start += steps * lanes.period;
  }
  for (; start < end; start += lanes.period) {
    const long width = std::min(lanes.period, end - start);
    long column = 0;
    for (; column + kGroup * kWidth <= width; column += kGroup * kWidth) visit(Whole<kGroup>{}, start + column, column, 1);
    for (; column + kWidth <= width; column += kWidth) visit(Whole<1>{}, start + column, column, 1);
    if (column < width) visit(Part{width - column}, start + column, column, 1);
  }
}

enum class Order { kForwards, kBackwards };

// `f(rows)` for the rows in blocks of so many periods.
template <class F>
void eachBlock(const Lanes& lanes, Share rows, long periods, Order order, const F& f) {
  const long size = periods * lanes.periodRows, blocks = (rows.end - rows.begin + size - 1) / size;
  for (long i = 0; i < blocks; i++) {
    const long begin = rows.begin + (order == Order::kForwards ? i : blocks - 1 - i) * size;
    f(Share{begin, std::min(begin + size, rows.end)});
  }
}

// A sweep over what another one has just been over: from the end to the beginning, because what was read last is still in the cache.
template <class Visit>
void sweepBack(const Lanes& lanes, Share rows, const Visit& visit) {
  constexpr long floats = 32768;
  eachBlock(lanes, rows, std::max(1L, floats / lanes.period), Order::kBackwards, [&](Share block) { sweep(lanes, block, visit); });
}

}  // namespace kernels
