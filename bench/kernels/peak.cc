// Prints the most multiply-adds that this machine does in registers, in GFLOP/s (a multiply-add is two): `peak THREADS`. Built for an instruction set as the kernels are.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

typedef float Vector __attribute__((vector_size(VECTOR_WIDTH * sizeof(float))));

// Independent sums: more than the units for multiply-adds and their latency need, as many as leave registers free.
constexpr int kSums = 12;
constexpr long kRounds = 300000000 / VECTOR_WIDTH;

static float multiplyAdd(float start) {
  Vector sums[kSums], factor, term;
  for (int lane = 0; lane < VECTOR_WIDTH; lane++) {
    factor[lane] = 0.5f + start;
    term[lane] = start;
    for (int i = 0; i < kSums; i++) sums[i][lane] = start + i;
  }
  for (long round = 0; round < kRounds; round++) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; i++) sums[i] = sums[i] * factor + term;
  }
  float total = 0;
  for (int i = 0; i < kSums; i++) total += sums[i][0];
  return total;
}

int main(int count, char** arguments) {
  const int threads = count > 1 ? atoi(arguments[1]) : 1;
  double most = 0;
  for (int repeat = 0; repeat < 9; repeat++) {
    std::vector<std::thread> all;
    std::vector<float> results(threads);
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < threads; i++) all.emplace_back([&results, i, count] { results[i] = multiplyAdd(0.001f * count); });
    for (std::thread& thread : all) thread.join();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    const double rate = 2.0 * threads * kRounds * kSums * VECTOR_WIDTH / seconds / 1e9;
    if (rate > most && results[0] > 0) most = rate;
  }
  printf("%.1f\n", most);
}
