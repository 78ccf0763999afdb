// Tests of kernels, without TensorFlow. A file registers its own; main.cc runs all.
#pragma once
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace test {

typedef std::vector<float> Floats;
typedef std::vector<double> Doubles;

struct Case {
  std::string name;
  std::function<void()> run;
};
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
inline int& failures() {
  static int count = 0;
  return count;
}

// At namespace scope of a file: `static const test::Register name("what must hold", [] { ... });`
struct Register {
  Register(const char* name, std::function<void()> run) { cases().push_back({name, std::move(run)}); }
};

inline void check(bool holds, const std::string& message) {
  if (holds) return;
  failures()++;
  fprintf(stderr, "  %s\n", message.c_str());
}

// Each number within `tolerance` of the expected one, relative to the largest of them or to 1; a NaN only where one is expected.
template <class Actual>
void close(const Actual& actual, const Doubles& expected, double tolerance, const std::string& what) {
  if (actual.size() != expected.size())
    return check(false, what + ": expected " + std::to_string(expected.size()) + " numbers, got " + std::to_string(actual.size()));
  double largest = 0;
  for (const double value : expected) largest = std::fmax(largest, std::fabs(value));
  for (size_t i = 0; i < expected.size(); i++) {
    if (std::isnan(expected[i]) && std::isnan(actual[i])) continue;
    if (std::fabs(actual[i] - expected[i]) <= tolerance * std::fmax(largest, 1)) continue;
    char numbers[128];
    snprintf(numbers, sizeof numbers, "expected %.9g, got %.9g, largest of all %.3g", expected[i], static_cast<double>(actual[i]), largest);
    return check(false, what + " at " + std::to_string(i) + ": " + numbers);
  }
}

// Normally distributed numbers.
inline Floats normal(size_t size, unsigned seed, double mean = 0, double deviation = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> distribution(mean, deviation);
  Floats values(size);
  for (float& value : values) value = distribution(generator);
  return values;
}

}  // namespace test
