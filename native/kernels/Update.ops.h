// Updates as a TensorFlow operation: the tensors of all parameters, gradients and slots are the inputs of one call.
#pragma once
#include "Operation.h"
#include "Update.h"

namespace kernels {

// Programs as the numbers of an attribute, one after the other: inputs, constants, instructions, outputs; what, a and b of each instruction; each output.
class ProgramReader {
 public:
  explicit ProgramReader(const std::vector<int64_t>& numbers) : numbers_(numbers) {}
  bool done() const { return at_ == numbers_.size(); }

  Program next() {
    Program program;
    program.inputs = natural();
    program.constants = natural();
    const int64_t instructions = natural(), outputs = natural();
    if (program.inputs < 1) fail("programs: expected at least one input");
    for (int64_t i = 0; i < instructions; i++) {
      const int64_t what = natural(), values = program.inputs + i;
      if (what >= static_cast<int64_t>(Arithmetic::kCount)) fail("programs: there is no instruction " + std::to_string(what));
      const int64_t a = between(-program.constants, values), b = between(-program.constants, values);
      program.instructions.push_back({static_cast<Arithmetic>(what), a, b});
    }
    for (int64_t i = 0; i < outputs; i++) program.outputs.push_back(between(0, program.inputs + instructions));
    return program;
  }

 private:
  int64_t number() {
    if (done()) fail("programs: expected more numbers than " + std::to_string(numbers_.size()));
    return numbers_[at_++];
  }
  int64_t between(int64_t first, int64_t end) {
    const int64_t found = number();
    if (found >= first && found < end) return found;
    fail("programs: expected a number from " + std::to_string(first) + " to " + std::to_string(end - 1) + ", got " + std::to_string(found));
  }
  int64_t natural() { return between(0, INT32_MAX); }

  const std::vector<int64_t>& numbers_;
  size_t at_ = 0;
};

// `program_of` has the program of each update; the inputs of the updates follow one another, and so do the outputs. `constants` has those of all programs.
struct UpdateTensors {
  static constexpr const char* name = "EffectUpdate";
  static std::vector<const char*> attributes() {
    return {"N: int >= 1", "M: int >= 1", "programs: list(int)", "program_of: list(int)"};
  }
  static std::vector<const char*> inputs() { return {"constants: float", "tensors: N * float"}; }
  static std::vector<const char*> outputs() { return {"results: M * float"}; }

  explicit UpdateTensors(Attributes& attributes) : programOf(attributes.integers("program_of")) {
    const std::vector<int64_t> numbers = attributes.integers("programs");
    for (ProgramReader reader(numbers); !reader.done();) programs.push_back(reader.next());
    int64_t tensors = 0, results = 0;
    for (const int64_t index : programOf) {
      if (index < 0 || index >= static_cast<int64_t>(programs.size())) {
        fail("program_of: expected the index of one of " + std::to_string(programs.size()) + " programs, got " + std::to_string(index));
      }
      tensors += programs[index].inputs;
      results += programs[index].outputs.size();
    }
    if (tensors != attributes.integer("N") || results != attributes.integer("M")) {
      fail("N, M: expected " + std::to_string(tensors) + " tensors and " + std::to_string(results) + " results");
    }
    for (const Program& program : programs) {
      firstConstants.push_back(constants);
      constants += program.constants;
    }
  }

  void compute(Call& call) const {
    const float* numbers = call.numbers(0, {constants}, "constants");
    std::vector<Update> updates;
    updates.reserve(programOf.size());
    int input = 1, output = 0;
    for (const int64_t index : programOf) {
      const Program& program = programs[index];
      const Shape shape = call.shape(input);
      Update update{&program, numbers + firstConstants[index], {}, {}, sizeOf(shape)};
      for (long i = 0; i < program.inputs; i++) update.inputs.push_back(call.numbers(input++, shape, "tensors"));
      for (size_t i = 0; i < program.outputs.size(); i++) update.outputs.push_back(call.output(output++, shape));
      updates.push_back(std::move(update));
    }
    updateAll(updates);
  }

  std::vector<int64_t> programOf;
  std::vector<Program> programs;
  std::vector<int64_t> firstConstants;
  int64_t constants = 0;
};

inline void registerUpdates() { registerOperation<UpdateTensors>(); }

}  // namespace kernels
