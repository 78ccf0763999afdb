// The convolutions as TensorFlow operations: NHWC, filters HWIO, a square stride and padding.
#pragma once
#include "Operation.h"
#include "Winograd.h"

namespace kernels {

// How a convolution is computed; which one suits which shape is decided outside.
enum class Algorithm : int64_t { kDirect = 0, kWinograd = 1 };

inline Convolution convolutionOf(const Shape& x, const Shape& filter, int64_t stride, int64_t padding) {
  if (stride < 1 || padding < 0) fail("stride must be at least 1 and padding at least 0");
  if (x[3] != filter[2]) fail("filter: expected " + std::to_string(x[3]) + " input channels, got " + show(filter));
  const auto out = [&](int64_t size, int64_t window) { return (size + 2 * padding - window) / stride + 1; };
  if (filter[0] < 1 || filter[1] < 1 || x[1] + 2 * padding < filter[0] || x[2] + 2 * padding < filter[1]) {
    fail("filter: expected a window that fits into " + show(x) + " with its padding, got " + show(filter));
  }
  return {x[0], x[1], x[2], x[3], out(x[1], filter[0]), out(x[2], filter[1]), filter[3], filter[0], filter[1], stride, padding};
}

inline Shape outputOf(const Convolution& c) { return {c.images, c.outHeight, c.outWidth, c.outChannels}; }

// What the three operations have in common.
struct ConvolutionOperation {
  explicit ConvolutionOperation(Attributes& attributes)
      : stride(attributes.integer("stride")), padding(attributes.integer("padding")),
        algorithm(static_cast<Algorithm>(attributes.integer("algorithm"))) {}

  void check(const Convolution& c) const {
    if (algorithm < Algorithm::kDirect || algorithm > Algorithm::kWinograd) fail("algorithm must be 0 or 1");
    if (algorithm != Algorithm::kDirect && !suitsWinograd(c)) {
      fail("Winograd's algorithm takes a window of 3x3, stride 1 and padding of at most 2");
    }
  }

  int64_t stride, padding;
  Algorithm algorithm;
};

struct Conv2D : ConvolutionOperation {
  static constexpr const char* name = "EffectConv2D";
  static std::vector<const char*> attributes() { return {"stride: int", "padding: int", "algorithm: int"}; }
  static std::vector<const char*> inputs() { return {"x: float", "filter: float"}; }
  static std::vector<const char*> outputs() { return {"y: float"}; }
  using ConvolutionOperation::ConvolutionOperation;

  void compute(Call& call) const {
    const Convolution c = convolutionOf(call.shape(0, 4, "x"), call.shape(1, 4, "filter"), stride, padding);
    check(c);
    float* y = call.output(0, outputOf(c));
    switch (algorithm) {
      case Algorithm::kDirect: return convolve(c, call.numbers(0), call.numbers(1), y);
      case Algorithm::kWinograd: return winogradConvolve(c, call.numbers(0), call.numbers(1), y);
    }
  }
};

struct Conv2DGradInput : ConvolutionOperation {
  static constexpr const char* name = "EffectConv2DGradInput";
  static std::vector<const char*> attributes() {
    return {"stride: int", "padding: int", "height: int", "width: int", "algorithm: int"};
  }
  static std::vector<const char*> inputs() { return {"filter: float", "dy: float"}; }
  static std::vector<const char*> outputs() { return {"dx: float"}; }
  explicit Conv2DGradInput(Attributes& attributes)
      : ConvolutionOperation(attributes), height(attributes.integer("height")), width(attributes.integer("width")) {}

  void compute(Call& call) const {
    const Shape filter = call.shape(0, 4, "filter"), dy = call.shape(1, 4, "dy"), x{dy[0], height, width, filter[2]};
    const Convolution c = convolutionOf(x, filter, stride, padding);
    const float* gradient = call.numbers(1, outputOf(c), "dy");
    check(c);
    float* dx = call.output(0, x);
    switch (algorithm) {
      case Algorithm::kDirect: return convolveGradInput(c, call.numbers(0), gradient, dx);
      case Algorithm::kWinograd: return winogradGradInput(c, call.numbers(0), gradient, dx);
    }
  }

  int64_t height, width;
};

struct Conv2DGradFilter : ConvolutionOperation {
  static constexpr const char* name = "EffectConv2DGradFilter";
  static std::vector<const char*> attributes() {
    return {"stride: int", "padding: int", "kernel_height: int", "kernel_width: int", "algorithm: int"};
  }
  static std::vector<const char*> inputs() { return {"x: float", "dy: float"}; }
  static std::vector<const char*> outputs() { return {"dfilter: float"}; }
  explicit Conv2DGradFilter(Attributes& attributes)
      : ConvolutionOperation(attributes), height(attributes.integer("kernel_height")), width(attributes.integer("kernel_width")) {}

  void compute(Call& call) const {
    const Shape x = call.shape(0, 4, "x"), dy = call.shape(1, 4, "dy"), filter{height, width, x[3], dy[3]};
    const Convolution c = convolutionOf(x, filter, stride, padding);
    const float* gradient = call.numbers(1, outputOf(c), "dy");
    check(c);
    float* dfilter = call.output(0, filter);
    switch (algorithm) {
      case Algorithm::kDirect: return convolveGradFilter(c, call.numbers(0), gradient, dfilter);
      case Algorithm::kWinograd: return winogradGradFilter(c, call.numbers(0), gradient, dfilter);
    }
  }

  int64_t height, width;
};

inline void registerConvolutions() {
  registerOperation<Conv2D>();
  registerOperation<Conv2DGradInput>();
  registerOperation<Conv2DGradFilter>();
}

}  // namespace kernels
