// Batch norm as TensorFlow operations.
#pragma once
#include "BatchNorm.h"
#include "BatchNormGrad.h"
#include "Lanes.ops.h"
#include "Operation.h"

namespace kernels {

inline Activation activationOf(Attributes& attributes) {
  const int64_t activation = attributes.integer("activation");
  if (activation < 0 || activation > 2) fail("activation: expected 0 (none), 1 (ReLU) or 2 (GELU), got " + std::to_string(activation));
  return static_cast<Activation>(activation);
}

struct BatchNormOperation {
  static constexpr const char* name = "EffectBatchNorm";
  static std::vector<const char*> attributes() { return {"N: int >= 0", "epsilon: float", "decay: float", "activation: int"}; }
  static std::vector<const char*> inputs() {
    return {"x: float", "scale: float", "offset: float", "mean: float", "variance: float", "residual: N * float"};
  }
  static std::vector<const char*> outputs() {
    return {"y: float", "new_mean: float", "new_variance: float", "saved_mean: float", "saved_inverse: float"};
  }
  explicit BatchNormOperation(Attributes& attributes)
      : epsilon_(attributes.number("epsilon")), decay_(attributes.number("decay")), activation_(activationOf(attributes)) {}
  void compute(Call& call) const {
    const Shape x = call.shape(0);
    const Lanes lanes = lanesOf(x, "x");
    const Shape channels{x.back()};
    BatchNorm p;
    p.x = call.numbers(0);
    p.scale = call.numbers(1, channels, "scale");
    p.offset = call.numbers(2, channels, "offset");
    p.mean = call.numbers(3, channels, "mean");
    p.variance = call.numbers(4, channels, "variance");
    p.residual = call.inputs() > 5 ? call.numbers(5, x, "residual") : nullptr;
    p.epsilon = epsilon_;
    p.decay = decay_;
    p.activation = activation_;
    p.y = call.output(0, x);
    p.newMean = call.output(1, channels);
    p.newVariance = call.output(2, channels);
    p.savedMean = call.output(3, channels);
    p.savedInverse = call.output(4, channels);
    batchNorm(lanes, p);
  }

 private:
  const float epsilon_, decay_;
  const Activation activation_;
};

struct BatchNormGradOperation {
  static constexpr const char* name = "EffectBatchNormGrad";
  static std::vector<const char*> attributes() { return {"N: int >= 0", "residual: int", "activation: int"}; }
  static std::vector<const char*> inputs() {
    return {"dy: float", "x: float", "scale: float", "offset: float", "saved_mean: float", "saved_inverse: float", "extra: N * float"};
  }
  static std::vector<const char*> outputs() { return {"dx: float", "dscale: float", "doffset: float", "dresidual: float"}; }
  explicit BatchNormGradOperation(Attributes& attributes)
      : keepsResidual_(attributes.integer("residual") != 0 && activationOf(attributes) != Activation::kNone), activation_(activationOf(attributes)) {}
  void compute(Call& call) const {
    const Shape x = call.shape(1);
    const Lanes lanes = lanesOf(x, "x");
    const Shape channels{x.back()};
    const int expected = keepsResidual_ ? 1 : 0;
    if (call.inputs() - 6 != expected) fail("extra: expected " + std::to_string(expected) + " arrays, got " + std::to_string(call.inputs() - 6));
    BatchNormGrad p;
    p.dy = call.numbers(0, x, "dy");
    p.x = call.numbers(1);
    p.scale = call.numbers(2, channels, "scale");
    p.offset = call.numbers(3, channels, "offset");
    p.savedMean = call.numbers(4, channels, "saved_mean");
    p.savedInverse = call.numbers(5, channels, "saved_inverse");
    p.extra = keepsResidual_ ? call.numbers(6, x, "extra") : nullptr;
    p.activation = activation_;
    p.dx = call.output(0, x);
    p.dscale = call.output(1, channels);
    p.doffset = call.output(2, channels);
    float* const dresidual = call.output(3, keepsResidual_ ? x : Shape{0});
    p.dresidual = keepsResidual_ ? dresidual : nullptr;
    batchNormGrad(lanes, p);
  }

 private:
  const bool keepsResidual_;
  const Activation activation_;
};

// Batch norm with the running statistics.
struct BatchNormEvalOperation {
  static constexpr const char* name = "EffectBatchNormEval";
  static std::vector<const char*> attributes() { return {"N: int >= 0", "epsilon: float", "activation: int"}; }
  static std::vector<const char*> inputs() {
    return {"x: float", "scale: float", "offset: float", "mean: float", "variance: float", "residual: N * float"};
  }
  static std::vector<const char*> outputs() { return {"y: float"}; }
  explicit BatchNormEvalOperation(Attributes& attributes)
      : epsilon_(attributes.number("epsilon")), activation_(activationOf(attributes)) {}
  void compute(Call& call) const {
    const Shape x = call.shape(0);
    const Lanes lanes = lanesOf(x, "x");
    const Shape channels{x.back()};
    const float* scale = call.numbers(1, channels, "scale");
    const float* variance = call.numbers(4, channels, "variance");
    float* center = scratch(kCoefficients, 3 * lanes.period + lanes.channels);
    float *factor = center + lanes.period, *shift = factor + lanes.period, *factors = shift + lanes.period;
    for (long channel = 0; channel < lanes.channels; channel++) {
      factors[channel] = scale[channel] / std::sqrt(double(variance[channel]) + epsilon_);
    }
    lanes.repeat(call.numbers(3, channels, "mean"), center);
    lanes.repeat(factors, factor);
    lanes.repeat(call.numbers(2, channels, "offset"), shift);
    const float* residual = call.inputs() > 5 ? call.numbers(5, x, "residual") : nullptr;
    normActivate(lanes, {call.numbers(0), center, factor, shift, residual, activation_, call.output(0, x)});
  }

 private:
  const float epsilon_;
  const Activation activation_;
};

inline void registerBatchNorms() {
  registerOperation<BatchNormOperation>();
  registerOperation<BatchNormGradOperation>();
  registerOperation<BatchNormEvalOperation>();
}

}  // namespace kernels
