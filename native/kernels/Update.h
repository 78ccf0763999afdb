// Updates of many tensors by short programs of elementwise instructions: what an optimizer does with parameters, gradients and slots, in one pass over memory.
//
// A block of numbers that fits into the first cache passes through all instructions before the next one is loaded.
#pragma once
#include <algorithm>
#include <vector>

#include "Scratch.h"
#include "Threads.h"
#include "Vector.h"

namespace kernels {

enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide, kMinimum, kMaximum, kSquareRoot, kSign, kCount };

// An operand is a value, numbered from 0: the inputs, then the results of the instructions; or a constant: -1 is the first, -2 the second.
struct Instruction {
  Arithmetic what;
  int64_t a, b;
};

struct Program {
  long inputs = 0, constants = 0;
  std::vector<Instruction> instructions;
  std::vector<int64_t> outputs;  // values
};

// A program with its constants and tensors of `size` numbers each.
struct Update {
  const Program* program;
  const float* constants;
  std::vector<const float*> inputs;
  std::vector<float*> outputs;
  long size;
};

// Numbers of a block: the results of a program's instructions lie in the first cache together.
constexpr long kBlock = 256;

ALWAYS_INLINE Vector sign(Vector x) {
  // A zero and a NaN stay as they are.
  return x > 0 ? broadcast(1) : x < 0 ? broadcast(-1) : x;
}
ALWAYS_INLINE Vector squareRoot(Vector x) {
  for (long i = 0; i < kWidth; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

template <bool Constant>
ALWAYS_INLINE Vector operand(const float* from, long at) {
  return Constant ? broadcast(*from) : load(from + at);
}

template <bool A, bool B, class F>
void applyTo(long count, const float* a, const float* b, float* to, const F& f) {
  long i = 0;
  for (; i + kWidth <= count; i += kWidth) store(to + i, f(operand<A>(a, i), operand<B>(b, i)));
  if (i == count) return;
  float rest[3][kWidth] = {};
  memcpy(rest[0], a + (A ? 0 : i), (A ? 1 : count - i) * sizeof(float));
  memcpy(rest[1], b + (B ? 0 : i), (B ? 1 : count - i) * sizeof(float));
  store(rest[2], f(operand<A>(rest[0], 0), operand<B>(rest[1], 0)));
  memcpy(to + i, rest[2], (count - i) * sizeof(float));
}

struct Operand {
  const float* from;
  bool constant;
};

template <class F>
void apply(long count, Operand a, Operand b, float* to, const F& f) {
  if (a.constant && b.constant) applyTo<true, true>(count, a.from, b.from, to, f);
  else if (a.constant) applyTo<true, false>(count, a.from, b.from, to, f);
  else if (b.constant) applyTo<false, true>(count, a.from, b.from, to, f);
  else applyTo<false, false>(count, a.from, b.from, to, f);
}

inline void execute(Arithmetic what, long count, Operand a, Operand b, float* to) {
  switch (what) {
    case Arithmetic::kAdd: return apply(count, a, b, to, [](Vector x, Vector y) { return x + y; });
    case Arithmetic::kSubtract: return apply(count, a, b, to, [](Vector x, Vector y) { return x - y; });
    case Arithmetic::kMultiply: return apply(count, a, b, to, [](Vector x, Vector y) { return x * y; });
    case Arithmetic::kDivide: return apply(count, a, b, to, [](Vector x, Vector y) { return x / y; });
    // A NaN in the first operand stays one.
    case Arithmetic::kMinimum: return apply(count, a, b, to, [](Vector x, Vector y) { return y < x ? y : x; });
    case Arithmetic::kMaximum: return apply(count, a, b, to, [](Vector x, Vector y) { return y > x ? y : x; });
    case Arithmetic::kSquareRoot: return apply(count, a, a, to, [](Vector x, Vector) { return squareRoot(x); });
    case Arithmetic::kSign: return apply(count, a, a, to, [](Vector x, Vector) { return sign(x); });
    case Arithmetic::kCount: return;
  }
}

// The numbers [begin, end) of an update. `values` has room for the results of its instructions, `table` is reused from one call to the next.
inline void updateRange(const Update& update, long begin, long end, float* values, std::vector<float*>& table) {
  const Program& program = *update.program;
  const long inputs = program.inputs, instructions = program.instructions.size(), outputs = program.outputs.size();
  for (; begin < end; begin += kBlock) {
    const long count = std::min(kBlock, end - begin);
    // A result is written where it is wanted; a value that is wanted twice, or is an input, is copied there.
    table.assign(instructions, nullptr);
    for (long i = 0; i < outputs; i++) {
      const long result = program.outputs[i] - inputs;
      if (result >= 0 && !table[result]) table[result] = update.outputs[i] + begin;
    }
    const auto value = [&](int64_t index) -> const float* {
      return index < inputs ? update.inputs[index] + begin : table[index - inputs];
    };
    const auto operandOf = [&](int64_t index) -> Operand {
      return index < 0 ? Operand{update.constants - index - 1, true} : Operand{value(index), false};
    };
    for (long i = 0; i < instructions; i++) {
      const Instruction& instruction = program.instructions[i];
      if (!table[i]) table[i] = values + i * kBlock;
      execute(instruction.what, count, operandOf(instruction.a), operandOf(instruction.b), table[i]);
    }
    for (long i = 0; i < outputs; i++) {
      const float* result = value(program.outputs[i]);
      if (result != update.outputs[i] + begin) memcpy(update.outputs[i] + begin, result, count * sizeof(float));
    }
  }
}

inline void updateAll(const std::vector<Update>& updates) {
  long total = 0;
  size_t longest = 0;
  for (const Update& each : updates) {
    total += each.size;
    longest = std::max(longest, each.program->instructions.size());
  }
  const auto part = [&](Share mine) {
    float* values = scratch(kValues, longest * kBlock);
    std::vector<float*> table;
    long first = 0;
    for (const Update& each : updates) {
      const long begin = std::max(mine.begin - first, 0L), end = std::min(mine.end - first, each.size);
      if (begin < end) updateRange(each, begin, end, values, table);
      first += each.size;
    }
  };
  Threads& threads = Threads::shared();
  // Waking the others takes longer than a few numbers.
  constexpr long few = 16 * 1024;
  if (total <= few) return part({0, total});
  threads.run([&](int index) { part(share(total, index, threads.count(), kBlock)); });
}

}  // namespace kernels
