// Bias and activation as TensorFlow operations.
#pragma once
#include "Bias.h"
#include "Lanes.ops.h"
#include "Operation.h"
#include "Scratch.h"

namespace kernels {

struct BiasOperation {
  explicit BiasOperation(Attributes& attributes) : activation(static_cast<Activation>(attributes.integer("activation"))) {}

  // Of the input at `index`, repeated over a period.
  const float* biasOf(Call& call, int index, const Lanes& lanes) const {
    float* bias = scratch(kCoefficients, lanes.period);
    lanes.repeat(call.numbers(index, {lanes.channels}, "bias"), bias);
    return bias;
  }

  Activation activation;
};

struct AddBiasOperation : BiasOperation {
  static constexpr const char* name = "EffectAddBias";
  static std::vector<const char*> attributes() { return {"activation: int"}; }
  static std::vector<const char*> inputs() { return {"x: float", "bias: float"}; }
  static std::vector<const char*> outputs() { return {"y: float"}; }
  using BiasOperation::BiasOperation;

  void compute(Call& call) const {
    const Shape x = call.shape(0);
    const Lanes lanes = lanesOf(x, "x");
    addBias(lanes, {call.numbers(0), biasOf(call, 1, lanes), activation, call.output(0, x)});
  }
};

// `saved` is the output for ReLU, the input for GELU, and absent without an activation, where dx is dy and not given.
struct AddBiasGradOperation : BiasOperation {
  static constexpr const char* name = "EffectAddBiasGrad";
  static std::vector<const char*> attributes() { return {"activation: int", "N: int >= 0"}; }
  static std::vector<const char*> inputs() { return {"dy: float", "bias: float", "saved: N * float"}; }
  static std::vector<const char*> outputs() { return {"dx: float", "dbias: float"}; }
  using BiasOperation::BiasOperation;

  void compute(Call& call) const {
    const Shape dy = call.shape(0);
    const Lanes lanes = lanesOf(dy, "dy");
    const bool activated = activation != Activation::kNone;
    if (call.inputs() != (activated ? 3 : 2)) fail("saved: expected one tensor with an activation, none without");
    const float* saved = activated ? call.numbers(2, dy, "saved") : nullptr;
    float* dx = call.output(0, activated ? dy : Shape{0});
    addBiasGrad(lanes, {call.numbers(0), biasOf(call, 1, lanes), saved, activation, activated ? dx : nullptr, call.output(1, {lanes.channels})});
  }
};

inline void registerBiases() {
  registerOperation<AddBiasOperation>();
  registerOperation<AddBiasGradOperation>();
}

}  // namespace kernels
