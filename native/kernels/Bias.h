// A bias for each channel with an activation behind it, and its gradient.
#pragma once
#include <type_traits>

#include "BatchNorm.h"

namespace kernels {

struct AddBias {
  const float *x, *bias;  // the bias repeated over a period
  Activation activation;
  float* y;
};

inline void addBias(const Lanes& lanes, const AddBias& p) {
  withActivation(p.activation, [&](auto activation) {
    Threads::shared().run([&](int index) {
      sweep(lanes, lanes.share(index), [&](auto access, long start, long column, long steps) {
        for (long step = 0; step < steps; step++)
          for (long i = 0; i < decltype(access)::count; i++) {
            const long at = start + step * lanes.period + i * kWidth;
            access.store(p.y + at, activation.apply(access.load(p.x + at) + load(p.bias + column + i * kWidth)));
          }
      });
    });
  });
}

struct AddBiasGrad {
  const float *dy, *bias;  // the bias repeated over a period
  // What the activation's gradient is taken from: the output for ReLU, the input for GELU. Else null.
  const float* saved;
  Activation activation;
  float* dx;  // null without an activation: it is dy
  float* dbias;
};

template <class Activation>
void addBiasGrad(const Lanes& lanes, const AddBiasGrad& p) {
  const ChannelSums sums(lanes, [&](float* sums, float*) {
    return [&lanes, &p, sums](auto access, long start, long column, long steps) {
      constexpr long count = decltype(access)::count;
      Vector sum[count];
      for (long i = 0; i < count; i++) sum[i] = access.load(sums + column + i * kWidth);
      for (long step = 0; step < steps; step++)
        for (long i = 0; i < count; i++) {
          const long at = start + step * lanes.period + i * kWidth;
          Vector d = access.load(p.dy + at);
          if constexpr (!std::is_same<Activation, Identity>::value) {
            Vector z = access.load(p.saved + at);
            if constexpr (!Activation::kFromOutput) z += load(p.bias + column + i * kWidth);
            d = Activation::gradient(d, z);
            access.store(p.dx + at, d);
          }
          sum[i] += d;
        }
      for (long i = 0; i < count; i++) access.store(sums + column + i * kWidth, sum[i]);
    };
  });
  for (long channel = 0; channel < lanes.channels; channel++) p.dbias[channel] = sums.first(channel);
}

inline void addBiasGrad(const Lanes& lanes, const AddBiasGrad& p) {
  withActivation(p.activation, [&](auto activation) { addBiasGrad<decltype(activation)>(lanes, p); });
}

}  // namespace kernels
