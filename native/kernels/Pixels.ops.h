// The normalisation of pixels as a TensorFlow operation.
#pragma once
#include "Lanes.ops.h"
#include "Operation.h"
#include "Pixels.h"
#include "Scratch.h"

namespace kernels {

struct NormalizePixelsOperation {
  static constexpr const char* name = "EffectNormalizePixels";
  static std::vector<const char*> attributes() { return {}; }
  static std::vector<const char*> inputs() { return {"pixels: uint8", "factor: float", "shift: float"}; }
  static std::vector<const char*> outputs() { return {"y: float"}; }
  explicit NormalizePixelsOperation(Attributes&) {}
  void compute(Call& call) const {
    const Shape pixels = call.shape(0);
    const Lanes lanes = lanesOf(pixels, "pixels");
    const Shape channels{lanes.channels};
    float *factor = scratch(kCoefficients, 2 * lanes.period), *shift = factor + lanes.period;
    lanes.repeat(call.numbers(1, channels, "factor"), factor);
    lanes.repeat(call.numbers(2, channels, "shift"), shift);
    normalizePixels(lanes, call.bytes(0), factor, shift, call.output(0, pixels));
  }
};

inline void registerPixels() { registerOperation<NormalizePixelsOperation>(); }

}  // namespace kernels
