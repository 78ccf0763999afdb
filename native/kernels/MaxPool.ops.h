// Max pooling as TensorFlow operations: NHWC, square windows.
#pragma once
#include "MaxPool.h"
#include "Operation.h"

namespace kernels {

struct MaxPoolBase {
  explicit MaxPoolBase(Attributes& attributes)
      : size(attributes.integer("size")), stride(attributes.integer("stride")), padding(attributes.integer("padding")) {}

  MaxPool of(const Shape& x) const {
    if (size < 1 || stride < 1 || padding < 0 || padding >= size) fail("expected a size and a stride of at least 1, and padding below the size");
    const auto out = [&](int64_t length) { return (length + 2 * padding - size) / stride + 1; };
    if (x[1] + 2 * padding < size || x[2] + 2 * padding < size) fail("x: expected images as large as a window, got " + show(x));
    return {x[0], x[1], x[2], x[3], out(x[1]), out(x[2]), size, stride, padding};
  }

  int64_t size, stride, padding;
};

struct MaxPoolOperation : MaxPoolBase {
  static constexpr const char* name = "EffectMaxPool";
  static std::vector<const char*> attributes() { return {"size: int", "stride: int", "padding: int"}; }
  static std::vector<const char*> inputs() { return {"x: float"}; }
  static std::vector<const char*> outputs() { return {"y: float"}; }
  using MaxPoolBase::MaxPoolBase;

  void compute(Call& call) const {
    const MaxPool p = of(call.shape(0, 4, "x"));
    maxPool(p, call.numbers(0), call.output(0, {p.images, p.outHeight, p.outWidth, p.channels}));
  }
};

struct MaxPoolGradOperation : MaxPoolBase {
  static constexpr const char* name = "EffectMaxPoolGrad";
  static std::vector<const char*> attributes() { return MaxPoolOperation::attributes(); }
  static std::vector<const char*> inputs() { return {"x: float", "dy: float"}; }
  static std::vector<const char*> outputs() { return {"dx: float"}; }
  using MaxPoolBase::MaxPoolBase;

  void compute(Call& call) const {
    const Shape x = call.shape(0, 4, "x");
    const MaxPool p = of(x);
    const float* dy = call.numbers(1, {p.images, p.outHeight, p.outWidth, p.channels}, "dy");
    maxPoolGrad(p, call.numbers(0), dy, call.output(0, x));
  }
};

inline void registerMaxPools() {
  registerOperation<MaxPoolOperation>();
  registerOperation<MaxPoolGradOperation>();
}

}  // namespace kernels
