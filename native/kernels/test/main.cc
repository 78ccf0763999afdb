// Runs the tests whose names contain the argument, or all. Exits with 1 if one fails.
#include <cstring>

#include "../Threads.h"
#include "../Vector.h"
#include "Test.h"

int main(int arguments, char** argument) {
  int failed = 0, run = 0;
  for (const test::Case& each : test::cases()) {
    if (arguments > 1 && each.name.find(argument[1]) == std::string::npos) continue;
    const int before = test::failures();
    each.run();
    run++;
    if (test::failures() == before) continue;
    failed++;
    fprintf(stderr, "failed: %s\n", each.name.c_str());
  }
  printf("%d tests, %d failed (vectors of %ld floats, threads: %d)\n", run, failed, kernels::kWidth, kernels::Threads::shared().count());
  return failed || !run ? 1 : 0;
}
