// Memory that a thread keeps from one call to the next, so that no kernel allocates for each.
#pragma once
#include <cstdlib>
#include <new>

namespace kernels {

// One use of scratch memory; two live at once in a thread need two slots.
enum Slot { kFilter, kImages, kPanel, kSums, kBlockSums, kCoefficients, kValues, kSlots };

// At least `floats` of this thread's memory, aligned to a cache line, not initialized. Valid until the thread's next call with this slot.
inline float* scratch(Slot slot, size_t floats) {
  struct Memory {
    float* data = nullptr;
    size_t floats = 0;
    ~Memory() { free(data); }
  };
  static thread_local Memory memories[kSlots];
  Memory& memory = memories[slot];
  if (memory.floats < floats) {
    free(memory.data);
    constexpr size_t page = 4096;
    memory.data = static_cast<float*>(aligned_alloc(page, (floats * sizeof(float) + page - 1) / page * page));
    memory.floats = memory.data ? floats : 0;
    if (!memory.data) throw std::bad_alloc();
  }
  return memory.data;
}

}  // namespace kernels
