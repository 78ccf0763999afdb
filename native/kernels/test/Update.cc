#include "../Update.h"

#include <limits>

#include "Test.h"

namespace {

using kernels::Arithmetic;
using kernels::Program;
using test::Doubles;
using test::Floats;

double compute(Arithmetic what, double a, double b) {
  switch (what) {
    case Arithmetic::kAdd: return a + b;
    case Arithmetic::kSubtract: return a - b;
    case Arithmetic::kMultiply: return a * b;
    case Arithmetic::kDivide: return a / b;
    case Arithmetic::kMinimum: return std::isnan(a) ? a : std::fmin(a, b);
    case Arithmetic::kMaximum: return std::isnan(a) ? a : std::fmax(a, b);
    case Arithmetic::kSquareRoot: return std::sqrt(a);
    case Arithmetic::kSign: return std::isnan(a) ? a : (a > 0) - (a < 0);
    case Arithmetic::kCount: break;
  }
  return NAN;
}

// The results of a program for each of several sizes, and what float64 makes of it.
void follows(const Program& program, const Floats& constants, const std::vector<long>& sizes, const std::string& what) {
  std::vector<std::vector<Floats>> inputs, outputs;
  std::vector<kernels::Update> updates;
  for (size_t t = 0; t < sizes.size(); t++) {
    inputs.emplace_back();
    for (long i = 0; i < program.inputs; i++) inputs[t].push_back(test::normal(sizes[t], 10 * t + i));
    outputs.emplace_back(program.outputs.size(), Floats(sizes[t]));
    kernels::Update update{&program, constants.data(), {}, {}, sizes[t]};
    for (const Floats& each : inputs[t]) update.inputs.push_back(each.data());
    for (Floats& each : outputs[t]) update.outputs.push_back(each.data());
    updates.push_back(update);
  }
  kernels::updateAll(updates);
  for (size_t t = 0; t < sizes.size(); t++) {
    std::vector<Doubles> values;
    for (const Floats& each : inputs[t]) values.emplace_back(each.begin(), each.end());
    for (const kernels::Instruction& each : program.instructions) {
      Doubles result(sizes[t]);
      const auto operand = [&](int64_t index, long i) { return index < 0 ? constants[-index - 1] : values[index][i]; };
      for (long i = 0; i < sizes[t]; i++) result[i] = compute(each.what, operand(each.a, i), operand(each.b, i));
      values.push_back(result);
    }
    for (size_t o = 0; o < program.outputs.size(); o++) {
      test::close(outputs[t][o], values[program.outputs[o]], 1e-6, what + ", " + std::to_string(sizes[t]) + " numbers, output " + std::to_string(o));
    }
  }
}

const std::vector<long> kSizes = {1, 3, 4, 15, 16, 17, 31, 255, 256, 257, 1000, 0, 70001, 9};

const test::Register everyInstruction("every instruction, of values and constants", [] {
  for (int what = 0; what < static_cast<int>(Arithmetic::kCount); what++)
    for (const int64_t a : {0, -1})
      for (const int64_t b : {1, -2}) {
        // A root has to be that of a square.
        const Program program{2, 2, {{Arithmetic::kMultiply, a, a}, {static_cast<Arithmetic>(what), what == 6 ? 2 : a, b}}, {3}};
        follows(program, {0.75f, -0.5f}, kSizes, "instruction " + std::to_string(what));
      }
});

const test::Register momentum("momentum: the new parameter and the new slot", [] {
  // g + d w; m v + g; w - r v
  const Program program{
      3, 3,
      {{Arithmetic::kMultiply, 0, -1}, {Arithmetic::kAdd, 1, 3}, {Arithmetic::kMultiply, 2, -2}, {Arithmetic::kAdd, 5, 4},
       {Arithmetic::kMultiply, 6, -3}, {Arithmetic::kAdd, 0, 7}},
      {8, 6}};
  follows(program, {5e-4f, 0.9f, -0.1f}, kSizes, "momentum");
});

const test::Register copies("a value that is an input, or is wanted twice", [] {
  follows({2, 1, {{Arithmetic::kAdd, 0, -1}}, {2, 1, 2, 0}}, {1.5f}, kSizes, "copies");
});

const test::Register keepsNaN("a NaN is neither clipped away nor given a sign", [] {
  const Program program{
      1, 2, {{Arithmetic::kMinimum, 0, -1}, {Arithmetic::kMaximum, 1, -2}, {Arithmetic::kSign, 0, 0}}, {2, 3}};
  const Floats constants = {1, -1}, x(19, std::numeric_limits<float>::quiet_NaN());
  Floats clipped(19), signs(19);
  kernels::updateAll({{&program, constants.data(), {x.data()}, {clipped.data(), signs.data()}, 19}});
  const Doubles expected(19, NAN);
  test::close(clipped, expected, 0, "clipped");
  test::close(signs, expected, 0, "signs");
});

}  // namespace
