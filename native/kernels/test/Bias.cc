#include "../Bias.h"

#include "Test.h"

namespace {

using kernels::Activation;
using kernels::Lanes;
using test::Doubles;
using test::Floats;

double slope(Activation activation, double z) {
  if (activation == Activation::kRelu) return z > 0;
  if (activation == Activation::kGelu) return 0.5 * std::erfc(-z / std::sqrt(2.0)) + z * std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
  return 1;
}
double activate(Activation activation, double z) {
  if (activation == Activation::kRelu) return z > 0 ? z : 0;
  if (activation == Activation::kGelu) return z * 0.5 * std::erfc(-z / std::sqrt(2.0));
  return z;
}

const test::Register formula("bias and activation: outputs and gradients", [] {
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kGelu})
    for (const long channels : {1, 3, 10, 16, 20, 33, 64})
      for (const long rows : {1, 2, 37, 4099}) {
        const Lanes lanes(rows, channels);
        const Floats x = test::normal(rows * channels, 1), bias = test::normal(channels, 2), dy = test::normal(rows * channels, 3);
        Floats repeated(lanes.period), y(x.size()), dx(x.size()), dbias(channels);
        lanes.repeat(bias.data(), repeated.data());
        Doubles expected(x.size()), gradient(x.size()), sums(channels, 0);
        for (size_t i = 0; i < x.size(); i++) {
          const double z = static_cast<float>(x[i] + bias[i % channels]);
          expected[i] = activate(activation, z);
          gradient[i] = dy[i] * slope(activation, z);
          sums[i % channels] += gradient[i];
        }
        const std::string what = "[" + std::to_string(rows) + ", " + std::to_string(channels) + "], activation " + std::to_string(static_cast<int>(activation));
        kernels::addBias(lanes, {x.data(), repeated.data(), activation, y.data()});
        test::close(y, expected, 1e-6, what + ": y");
        const float* saved = activation == Activation::kRelu ? y.data() : x.data();
        kernels::addBiasGrad(lanes, {dy.data(), repeated.data(), saved, activation, dx.data(), dbias.data()});
        if (activation != Activation::kNone) test::close(dx, gradient, 1e-5, what + ": dx");
        test::close(dbias, sums, 1e-5, what + ": dbias");
      }
});

}  // namespace
