// Batch norm with an optional residual sum and activation behind it. What it costs is memory traffic, so each pass reads an array once: the forward one pass for
// the statistics and one that writes, the backward one for the sums and one that writes.
#pragma once
#include <algorithm>
#include <cmath>

#include "Activation.h"
#include "Lanes.h"
#include "Scratch.h"
#include "Threads.h"

namespace kernels {

// Two sums a channel, which `visit(first, second)` of a sweep adds up a lane.
class ChannelSums {
 public:
  template <class Visit>
  ChannelSums(const Lanes& lanes, const Visit& visit)
      : lanes_(lanes), threads_(Threads::shared().count()), totals_(reinterpret_cast<double*>(scratch(kSums, 2 * threads_ * size()))) {
    Threads::shared().run([&](int index) {
      double* totals = totals_ + index * size();
      float* sums = scratch(kBlockSums, size());
      std::fill_n(totals, size(), 0.0);
      // Single precision is enough for the sums of a block, of which double precision makes the total.
      eachBlock(lanes_, lanes_.share(index), kBlockPeriods, Order::kForwards, [&](Share rows) {
        std::fill_n(sums, size(), 0.0f);
        sweep(lanes_, rows, visit(sums, sums + lanes_.period));
        for (long i = 0; i < size(); i++) totals[i] += sums[i];
      });
    });
  }
  double first(long channel) const { return total(channel); }
  double second(long channel) const { return total(lanes_.period + channel); }

 private:
  static constexpr long kBlockPeriods = 64;

  long size() const { return 2 * lanes_.period; }
  // Always in the same order, so that the same number of threads gives the same bits.
  double total(long at) const {
    double sum = 0;
    for (int index = 0; index < threads_; index++)
      for (long lane = 0; lane < lanes_.period; lane += lanes_.channels) sum += totals_[index * size() + at + lane];
    return sum;
  }
  const Lanes& lanes_;
  const int threads_;
  double* const totals_;
};

struct NormActivate {
  const float *x, *center, *factor, *shift;  // all but x repeated over a period
  const float* residual;                     // or null
  Activation activation;
  float* y;
};

// y = activation((x - center) factor + shift + residual)
//
// The center is subtracted first: with x factor + shift - center factor, rounding would be amplified by a large factor, that of an almost constant channel.
inline void normActivate(const Lanes& lanes, const NormActivate& p) {
  const auto write = [&](auto activation, auto addsResidual) {
    const auto visit = [&](auto access, long start, long column, long steps) {
      constexpr long count = decltype(access)::count;
      Vector center[count], factor[count], shift[count];
      for (long i = 0; i < count; i++) {
        center[i] = load(p.center + column + i * kWidth);
        factor[i] = load(p.factor + column + i * kWidth);
        shift[i] = load(p.shift + column + i * kWidth);
      }
      for (long step = 0; step < steps; step++)
        for (long i = 0; i < count; i++) {
          const long at = start + step * lanes.period + i * kWidth;
          Vector z = multiplyAdd(access.load(p.x + at) - center[i], factor[i], shift[i]);
          if constexpr (addsResidual.value) z += access.load(p.residual + at);
          access.store(p.y + at, activation.apply(z));
        }
    };
    Threads::shared().run([&](int index) { sweepBack(lanes, lanes.share(index), visit); });
  };
  withActivation(p.activation, [&](auto activation) {
    if (p.residual) write(activation, std::true_type{});
    else write(activation, std::false_type{});
  });
}

struct BatchNorm {
  const float *x, *scale, *offset, *mean, *variance;
  const float* residual;  // or null
  float epsilon, decay;
  Activation activation;
  float *y, *newMean, *newVariance, *savedMean, *savedInverse;
};

// The means of some rows from all over the array. Moments about such values, which are near the mean, lose no digits where it is large next to the deviation.
inline void sampleMeans(const Lanes& lanes, const float* x, float* means) {
  const long samples = std::min(16L, lanes.rows);
  for (long channel = 0; channel < lanes.channels; channel++) {
    double sum = 0;
    for (long sample = 0; sample < samples; sample++) sum += x[lanes.rows * sample / samples * lanes.channels + channel];
    means[channel] = sum / samples;
  }
}

// y = activation((x - mean) inverse scale + offset + residual), where inverse = 1 / sqrt(variance + epsilon). new = decay old + (1 - decay) batch, for the
// variance with the unbiased estimate.
inline void batchNorm(const Lanes& lanes, const BatchNorm& p) {
  float* center = scratch(kCoefficients, 3 * lanes.period + 2 * lanes.channels);
  float *factor = center + lanes.period, *shift = factor + lanes.period;
  float *near = shift + lanes.period, *factors = near + lanes.channels;
  sampleMeans(lanes, p.x, near);
  lanes.repeat(near, center);
  const ChannelSums sums(lanes, [&](float* sums, float* squares) {
    return [sums, squares, center, x = p.x, &lanes](auto access, long start, long column, long steps) {
      constexpr long count = decltype(access)::count;
      Vector about[count], sum[count], square[count];
      for (long i = 0; i < count; i++) {
        about[i] = load(center + column + i * kWidth);
        sum[i] = access.load(sums + column + i * kWidth);
        square[i] = access.load(squares + column + i * kWidth);
      }
      for (long step = 0; step < steps; step++)
        for (long i = 0; i < count; i++) {
          const Vector d = access.load(x + start + step * lanes.period + i * kWidth) - about[i];
          sum[i] += d;
          square[i] = multiplyAdd(d, d, square[i]);
        }
      for (long i = 0; i < count; i++) {
        access.store(sums + column + i * kWidth, sum[i]);
        access.store(squares + column + i * kWidth, square[i]);
      }
    };
  });
  const double rows = lanes.rows, unbiased = lanes.rows > 1 ? rows / (rows - 1) : 1;
  for (long channel = 0; channel < lanes.channels; channel++) {
    const double d = sums.first(channel) / rows, mean = near[channel] + d;
    // std::max would turn a NaN into 0.
    const double spread = sums.second(channel) / rows - d * d, variance = spread < 0 ? 0 : spread;
    p.savedMean[channel] = mean;
    p.savedInverse[channel] = 1 / std::sqrt(variance + p.epsilon);
    p.newMean[channel] = p.decay * p.mean[channel] + (1.0 - p.decay) * mean;
    p.newVariance[channel] = p.decay * p.variance[channel] + (1.0 - p.decay) * variance * unbiased;
    factors[channel] = p.scale[channel] * p.savedInverse[channel];
  }
  lanes.repeat(p.savedMean, center);
  lanes.repeat(factors, factor);
  lanes.repeat(p.offset, shift);
  normActivate(lanes, {p.x, center, factor, shift, p.residual, p.activation, p.y});
}

}  // namespace kernels
