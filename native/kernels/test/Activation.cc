#include "../Activation.h"

#include "Test.h"

namespace {

using kernels::kWidth;
using kernels::Vector;

// The largest error of `f` over [from, to], relative to what `error` divides by.
template <class F, class Exact, class Scale>
double largestError(double from, double to, const F& f, const Exact& exact, const Scale& scale) {
  constexpr long steps = 200000;
  double largest = 0;
  for (long i = 0; i < steps; i += kWidth) {
    float x[kWidth], y[kWidth];
    for (long lane = 0; lane < kWidth; lane++) x[lane] = from + (to - from) * (i + lane) / steps;
    kernels::store(y, f(kernels::load(x)));
    for (long lane = 0; lane < kWidth; lane++) {
      const double expected = exact(x[lane]);
      largest = std::fmax(largest, std::fabs(y[lane] - expected) / scale(expected));
    }
  }
  return largest;
}

void below(double error, double limit, const std::string& what) {
  char text[64];
  snprintf(text, sizeof text, ": error %.3g, expected at most %.3g", error, limit);
  test::check(error <= limit, what + text);
}

double atLeastOne(double value) { return std::fmax(1, std::fabs(value)); }
double itself(double value) { return std::fabs(value) + 1e-30; }
float first(Vector v) { return v[0]; }

constexpr double kUlp = 1.1920929e-7;

double probability(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double slope(double x) { return probability(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * M_PI); }
Vector gelu(Vector x) { return kernels::Gelu::apply(x); }
Vector geluSlope(Vector x) { return kernels::Gelu::gradient(kernels::broadcast(1), x); }
Vector exponential(Vector x) { return kernels::exponential(x); }
Vector erf(Vector x) { return kernels::erf(x); }

const test::Register exponentialTest("exponential: within 2 ulp below 0", [] {
  below(largestError(-87, 0, exponential, [](double x) { return std::exp(x); }, itself), 2 * kUlp, "exp");
  test::check(first(kernels::exponential(kernels::broadcast(0))) == 1, "exp(0) is not 1");
});

const test::Register erfTest("erf: within 4 ulp, and 1 far out", [] {
  below(largestError(-6, 6, erf, [](double x) { return std::erf(x); }, itself), 4 * kUlp, "erf");
  test::check(first(kernels::erf(kernels::broadcast(100))) == 1 && first(kernels::erf(kernels::broadcast(-100))) == -1, "erf(100) is not 1");
});

const test::Register geluTest("GELU: the formula and its derivative, also far out", [] {
  below(largestError(-10, 10, gelu, [](double x) { return x * probability(x); }, atLeastOne), 2e-6, "GELU");
  below(largestError(-10, 10, geluSlope, slope, atLeastOne), 2e-6, "derivative of GELU");
  for (const float x : {1e4f, -1e4f, 1e18f, -1e18f, 1e30f, -1e30f}) {
    test::check(first(kernels::Gelu::apply(kernels::broadcast(x))) == (x > 0 ? x : 0), "GELU(" + std::to_string(x) + ")");
    test::check(first(geluSlope(kernels::broadcast(x))) == (x > 0 ? 1 : 0), "derivative of GELU at " + std::to_string(x));
  }
});

const test::Register reluTest("ReLU: the larger of 0 and x, and a NaN stays one", [] {
  const auto relu = [](float x) { return first(kernels::Relu::apply(kernels::broadcast(x))); };
  const auto gradient = [](float x) { return first(kernels::Relu::gradient(kernels::broadcast(3), kernels::broadcast(x))); };
  test::check(relu(2) == 2 && relu(-2) == 0 && relu(0) == 0, "ReLU");
  test::check(std::isnan(relu(NAN)), "ReLU of NaN is a number");
  test::check(gradient(2) == 3 && gradient(-2) == 0 && gradient(0) == 0, "gradient of ReLU");
});

}  // namespace
