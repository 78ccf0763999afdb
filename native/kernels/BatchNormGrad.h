// The gradient of batch norm with what stands behind it: a residual sum and an activation.
#pragma once
#include "BatchNorm.h"

namespace kernels {

struct BatchNormGrad {
  const float *dy, *x, *scale, *offset, *savedMean, *savedInverse;
  // What the activation's gradient needs besides x where a residual was added: the output for ReLU, the residual for GELU. Else null.
  const float* extra;
  Activation activation;
  float *dx, *dscale, *doffset;
  float* dresidual;  // null where it is dy or where there is no residual
};

template <class Activation, bool Residual>
void batchNormGrad(const Lanes& lanes, const BatchNormGrad& p) {
  // The gradient of what goes into the activation is the residual's; a costly one is kept in dx until the second pass.
  constexpr bool kept = Residual || Activation::kCostly;
  float* const dz = Residual ? p.dresidual : p.dx;
  float* mean = scratch(kCoefficients, 5 * lanes.period + 3 * lanes.channels);
  float *factor = mean + lanes.period, *offset = factor + lanes.period, *slope = offset + lanes.period, *constant = slope + lanes.period;
  float *factors = constant + lanes.period, *slopes = factors + lanes.channels, *constants = slopes + lanes.channels;
  for (long channel = 0; channel < lanes.channels; channel++) factors[channel] = p.scale[channel] * p.savedInverse[channel];
  lanes.repeat(p.savedMean, mean);
  lanes.repeat(factors, factor);
  lanes.repeat(p.offset, offset);
  // From x - mean, computed as the forward does, so that no element falls on another side of 0.
  const auto gradient = [&](auto access, long at, Vector centered, Vector factor, Vector offset) __attribute__((always_inline)) {
    const Vector dy = access.load(p.dy + at);
    if constexpr (Residual && Activation::kFromOutput) return Activation::gradient(dy, access.load(p.extra + at));
    Vector z = multiplyAdd(centered, factor, offset);
    if constexpr (Residual) z += access.load(p.extra + at);
    return Activation::gradient(dy, z);
  };

  const ChannelSums totals(lanes, [&](float* sums, float* products) {
    return [&gradient, &lanes, &p, sums, products, mean, factor, offset, dz](auto access, long start, long column, long steps) {
      constexpr long count = decltype(access)::count;
      Vector sum[count], product[count];
      for (long i = 0; i < count; i++) {
        sum[i] = access.load(sums + column + i * kWidth);
        product[i] = access.load(products + column + i * kWidth);
      }
      for (long step = 0; step < steps; step++)
        for (long i = 0; i < count; i++) {
          const long at = start + step * lanes.period + i * kWidth, lane = column + i * kWidth;
          const Vector centered = access.load(p.x + at) - load(mean + lane);
          const Vector d = gradient(access, at, centered, load(factor + lane), load(offset + lane));
          if constexpr (kept) access.store(dz + at, d);
          sum[i] += d;
          product[i] = multiplyAdd(d, centered, product[i]);
        }
      for (long i = 0; i < count; i++) {
        access.store(sums + column + i * kWidth, sum[i]);
        access.store(products + column + i * kWidth, product[i]);
      }
    };
  });

  // dx = factor (dz - mean of dz - (x - mean) inverse^2 mean of dz (x - mean))
  for (long channel = 0; channel < lanes.channels; channel++) {
    const double sum = totals.first(channel), products = totals.second(channel), inverse = p.savedInverse[channel];
    p.doffset[channel] = sum;
    p.dscale[channel] = products * inverse;
    slopes[channel] = -factors[channel] * inverse * inverse * products / lanes.rows;
    constants[channel] = -factors[channel] * sum / lanes.rows;
  }
  lanes.repeat(slopes, slope);
  lanes.repeat(constants, constant);
  Threads::shared().run([&](int index) {
    sweepBack(lanes, lanes.share(index), [&](auto access, long start, long column, long steps) {
      for (long step = 0; step < steps; step++)
        for (long i = 0; i < decltype(access)::count; i++) {
          const long at = start + step * lanes.period + i * kWidth, lane = column + i * kWidth;
          const Vector centered = access.load(p.x + at) - load(mean + lane);
          Vector d;
          if constexpr (kept) d = access.load(dz + at);
          else d = gradient(access, at, centered, load(factor + lane), load(offset + lane));
          access.store(p.dx + at, multiplyAdd(d, load(factor + lane), multiplyAdd(centered, load(slope + lane), load(constant + lane))));
        }
    });
  });
}

inline void batchNormGrad(const Lanes& lanes, const BatchNormGrad& p) {
  withActivation(p.activation, [&](auto activation) {
    if (p.dresidual) batchNormGrad<decltype(activation), true>(lanes, p);
    else batchNormGrad<decltype(activation), false>(lanes, p);
  });
}

}  // namespace kernels
