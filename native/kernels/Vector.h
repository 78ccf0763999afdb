// Vectors of floats in the compiler's own notation, so that one source serves every instruction set: the build says how wide they are.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

// 4 (SSE and any other processor), 8 (AVX2 with FMA) or 16 (AVX-512).
#ifndef VECTOR_WIDTH
#define VECTOR_WIDTH 4
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline))

namespace kernels {

constexpr long kWidth = VECTOR_WIDTH;
// Vectors that the processor can hold at once.
constexpr long kRegisters = VECTOR_WIDTH == 16 ? 32 : 16;

typedef float Vector __attribute__((vector_size(VECTOR_WIDTH * 4)));
typedef int32_t Bits __attribute__((vector_size(VECTOR_WIDTH * 4)));

// From and to any address.
ALWAYS_INLINE Vector load(const float* from) {
  Vector v;
  memcpy(&v, from, sizeof v);
  return v;
}
ALWAYS_INLINE Vector load(const uint8_t* from) {
  typedef uint8_t Bytes __attribute__((vector_size(VECTOR_WIDTH)));
  Bytes bytes;
  memcpy(&bytes, from, sizeof bytes);
  return __builtin_convertvector(bytes, Vector);
}
ALWAYS_INLINE void store(float* to, Vector v) { memcpy(to, &v, sizeof v); }

// The first `count` numbers, at most a vector's.
ALWAYS_INLINE Vector loadSome(const float* from, long count) {
  if (count >= kWidth) return load(from);
  float numbers[kWidth] = {};
  memcpy(numbers, from, count * sizeof(float));
  return load(numbers);
}
ALWAYS_INLINE void storeSome(float* to, Vector v, long count) {
  if (count >= kWidth) return store(to, v);
  float numbers[kWidth];
  store(numbers, v);
  memcpy(to, numbers, count * sizeof(float));
}

ALWAYS_INLINE Vector broadcast(float x) { return x - Vector{}; }

// `a * b + c`, in one instruction where the processor has it: the build allows the compiler to contract.
ALWAYS_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) { return a * b + c; }

ALWAYS_INLINE Vector maximum(Vector a, Vector b) { return a > b ? a : b; }
ALWAYS_INLINE Vector minimum(Vector a, Vector b) { return a < b ? a : b; }

// `a` where `mask` is set, else 0.
ALWAYS_INLINE Vector where(Bits mask, Vector a) { return (Vector)(mask & (Bits)a); }

}  // namespace kernels
