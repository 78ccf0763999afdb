#include "../BatchNorm.h"

#include "../BatchNormGrad.h"
#include "Test.h"

namespace {

using kernels::Activation;
using kernels::Lanes;
using test::Doubles;
using test::Floats;

struct Shape {
  long rows, channels;
};
std::vector<Shape> shapes() {
  std::vector<Shape> all;
  for (long channels = 1; channels <= 40; channels++)
    for (const long rows : {1, 2, 3, 37, 64}) all.push_back({rows, channels});
  for (const long channels : {48, 64, 80, 100, 128, 256, 1000})
    for (const long rows : {1, 2, 7, 33, 257}) all.push_back({rows, channels});
  all.push_back({20001, 3});
  all.push_back({10007, 16});
  all.push_back({4099, 64});
  return all;
}

const char* const kActivationNames[] = {"", ", ReLU", ", GELU"};

double activate(Activation activation, double z) {
  if (activation == Activation::kRelu) return z > 0 ? z : 0;
  if (activation == Activation::kGelu) return z * 0.5 * std::erfc(-z / std::sqrt(2.0));
  return z;
}
double slope(Activation activation, double z) {
  if (activation == Activation::kRelu) return z > 0;
  if (activation == Activation::kGelu) return 0.5 * std::erfc(-z / std::sqrt(2.0)) + z * std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
  return 1;
}

constexpr float kEpsilon = 1e-5f, kDecay = 0.9f;

struct Problem {
  Shape shape;
  Activation activation;
  bool addsResidual;
  float epsilon = kEpsilon;
  Floats x, residual, dy, scale, offset, mean, variance;
  // What the kernels write.
  Floats y, newMean, newVariance, savedMean, savedInverse, dx, dscale, doffset, dresidual;

  Problem(Shape shape, Activation activation, bool addsResidual, double mean = 0.5, double deviation = 1)
      : shape(shape),
        activation(activation),
        addsResidual(addsResidual),
        x(test::normal(size(), 1, mean, deviation)),
        residual(addsResidual ? test::normal(size(), 2) : Floats()),
        dy(test::normal(size(), 3)),
        scale(test::normal(shape.channels, 4, 1, 0.3)),
        offset(test::normal(shape.channels, 5)),
        mean(test::normal(shape.channels, 6)),
        variance(test::normal(shape.channels, 7, 3, 0.3)) {}

  size_t size() const { return shape.rows * shape.channels; }
  std::string name() const {
    return "[" + std::to_string(shape.rows) + ", " + std::to_string(shape.channels) + "]" + (addsResidual ? ", residual" : "") +
           kActivationNames[static_cast<int>(activation)] + ": ";
  }

  void forward() {
    y.assign(size(), -1);
    for (Floats* values : {&newMean, &newVariance, &savedMean, &savedInverse}) values->assign(shape.channels, -1);
    kernels::batchNorm(
        Lanes(shape.rows, shape.channels),
        {x.data(), scale.data(), offset.data(), mean.data(), variance.data(), addsResidual ? residual.data() : nullptr, epsilon, kDecay, activation, y.data(),
         newMean.data(), newVariance.data(), savedMean.data(), savedInverse.data()});
  }

  // With what the forward wrote.
  void backward() {
    const bool keeps = addsResidual && activation != Activation::kNone;
    const Floats& extra = activation == Activation::kRelu ? y : residual;
    dx.assign(size(), -1);
    dscale.assign(shape.channels, -1);
    doffset.assign(shape.channels, -1);
    dresidual.assign(keeps ? size() : 0, -1);
    kernels::batchNormGrad(
        Lanes(shape.rows, shape.channels),
        {dy.data(), x.data(), scale.data(), offset.data(), savedMean.data(), savedInverse.data(), keeps ? extra.data() : nullptr, activation, dx.data(),
         dscale.data(), doffset.data(), keeps ? dresidual.data() : nullptr});
  }
};

// The same by plain loops in double precision.
struct Expected {
  Doubles y, newMean, newVariance, savedMean, savedInverse, dx, dscale, doffset, dresidual;

  explicit Expected(const Problem& p) {
    const long rows = p.shape.rows, channels = p.shape.channels;
    for (Doubles* values : {&y, &dx, &dresidual}) values->resize(p.size());
    for (Doubles* values : {&newMean, &newVariance, &savedMean, &savedInverse, &dscale, &doffset}) values->resize(channels);
    for (long c = 0; c < channels; c++) {
      double mean = 0, variance = 0;
      for (long r = 0; r < rows; r++) mean += p.x[r * channels + c];
      mean /= rows;
      for (long r = 0; r < rows; r++) variance += std::pow(p.x[r * channels + c] - mean, 2);
      variance /= rows;
      const double inverse = 1 / std::sqrt(variance + p.epsilon);
      savedMean[c] = mean;
      savedInverse[c] = inverse;
      newMean[c] = kDecay * p.mean[c] + (1.0 - kDecay) * mean;
      newVariance[c] = kDecay * p.variance[c] + (1.0 - kDecay) * variance * rows / std::fmax(rows - 1, 1);
      for (long r = 0; r < rows; r++) {
        const long i = r * channels + c;
        const double normalised = (p.x[i] - mean) * inverse, z = normalised * p.scale[c] + p.offset[c] + (p.addsResidual ? p.residual[i] : 0);
        y[i] = activate(p.activation, z);
        // An element at ReLU's 0 may fall on either side; which one the kernel chose stands in its output.
        const bool near = p.activation == Activation::kRelu && std::fabs(z) < 1e-6 * (1 + std::fabs(mean) * inverse);
        dresidual[i] = p.dy[i] * (near ? p.y[i] > 0 : slope(p.activation, z));
        doffset[c] += dresidual[i];
        dscale[c] += dresidual[i] * normalised;
      }
      for (long r = 0; r < rows; r++) {
        const long i = r * channels + c;
        dx[i] = p.scale[c] * inverse * (dresidual[i] - doffset[c] / rows - (p.x[i] - mean) * inverse * dscale[c] / rows);
      }
    }
    if (!p.addsResidual || p.activation == Activation::kNone) dresidual.clear();
  }
};

void compare(Problem& p, double tolerance) {
  p.forward();
  p.backward();
  const Expected expected(p);
  test::close(p.y, expected.y, tolerance, p.name() + "y");
  test::close(p.newMean, expected.newMean, tolerance, p.name() + "new mean");
  test::close(p.newVariance, expected.newVariance, tolerance, p.name() + "new variance");
  test::close(p.savedMean, expected.savedMean, tolerance, p.name() + "saved mean");
  test::close(p.savedInverse, expected.savedInverse, tolerance, p.name() + "saved inverse");
  test::close(p.dx, expected.dx, tolerance, p.name() + "dx");
  test::close(p.dscale, expected.dscale, tolerance, p.name() + "dscale");
  test::close(p.doffset, expected.doffset, tolerance, p.name() + "doffset");
  test::close(p.dresidual, expected.dresidual, tolerance, p.name() + "dresidual");
}

template <class F>
void forAll(const F& f) {
  for (const Activation activation : {Activation::kNone, Activation::kRelu, Activation::kGelu})
    for (const bool addsResidual : {false, true}) f(activation, addsResidual);
}

const test::Register formulas("batch norm: forward and backward are the formulas, for any number of rows and channels", [] {
  forAll([](Activation activation, bool addsResidual) {
    for (const Shape shape : shapes()) {
      Problem p(shape, activation, addsResidual);
      // Two rows can be so close to each other that single precision has few digits of their distance.
      if (shape.rows < 8) p.epsilon = 0.1f;
      compare(p, 3e-6);
    }
  });
});

const test::Register offCenter("batch norm: a mean that is large next to the deviation costs no more digits than x itself has lost", [] {
  forAll([](Activation activation, bool addsResidual) {
    Problem p({5003, 24}, activation, addsResidual, 1000, 0.1);
    compare(p, 1e-3);
    const Expected expected(p);
    test::close(p.savedInverse, expected.savedInverse, 1e-6, p.name() + "saved inverse");
  });
});

const test::Register constant("batch norm: a constant channel gives the offset, without a NaN, also for a tiny epsilon", [] {
  for (const float epsilon : {1e-12f, 1e-5f}) {
    Problem p({501, 20}, Activation::kNone, false);
    p.epsilon = epsilon;
    for (long i = 0; i < 501 * 20; i++) p.x[i] = 0.1f * (i % 20) - 0.7f;
    p.forward();
    p.backward();
    for (long i = 0; i < 501 * 20; i++) {
      test::check(p.y[i] == p.offset[i % 20], p.name() + "y is not the offset");
      test::check(std::isfinite(p.dx[i]), p.name() + "dx is not finite");
    }
    test::close(p.savedInverse, Doubles(20, 1 / std::sqrt(epsilon)), 1e-6, p.name() + "saved inverse");
  }
});

const test::Register nan("batch norm: a NaN or an infinity in a channel makes it NaN, and no other", [] {
  forAll([](Activation activation, bool addsResidual) {
    for (const float bad : {NAN, INFINITY}) {
      Problem p({301, 20}, activation, addsResidual);
      p.x[7 * 20 + 3] = bad;
      p.forward();
      for (long i = 0; i < 301 * 20; i++)
        test::check(std::isnan(p.y[i]) == (i % 20 == 3), p.name() + "y at row " + std::to_string(i / 20) + ", channel " + std::to_string(i % 20));
    }
  });
});

const test::Register repeats("batch norm: the same bits again", [] {
  for (const long channels : {3, 16, 64, 100}) {
    Problem p({3001, channels}, Activation::kGelu, true);
    p.forward();
    p.backward();
    Problem again = p;
    again.forward();
    again.backward();
    test::check(p.y == again.y && p.newVariance == again.newVariance && p.dx == again.dx && p.dscale == again.dscale, p.name() + "other bits");
  }
});

const test::Register evaluation("normalise and activate: the formula", [] {
  forAll([](Activation activation, bool addsResidual) {
    for (const Shape shape : shapes()) {
      const Problem p(shape, activation, addsResidual);
      const Lanes lanes(shape.rows, shape.channels);
      Floats center(lanes.period), factor(lanes.period), shift(lanes.period), y(p.size(), -1);
      lanes.repeat(p.scale.data(), factor.data());
      lanes.repeat(p.offset.data(), shift.data());
      kernels::normActivate(
          lanes, {p.x.data(), center.data(), factor.data(), shift.data(), addsResidual ? p.residual.data() : nullptr, activation, y.data()});
      Doubles expected(p.size());
      for (size_t i = 0; i < p.size(); i++) {
        const long c = i % shape.channels;
        expected[i] = activate(activation, static_cast<double>(p.x[i]) * p.scale[c] + p.offset[c] + (addsResidual ? p.residual[i] : 0));
      }
      test::close(y, expected, 1e-6, p.name() + "y");
    }
  });
});

}  // namespace
