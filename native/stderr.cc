// Keeps what native code writes to file descriptor 2 while a library loads: capture() begins, release() ends and returns the text.
// Node has neither dup nor dup2. Should the process die meanwhile, a signal handler lets the text through first.
#include <csignal>
#include <cstdio>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

#include <node_api.h>

namespace {

const int fatal[] = {SIGABRT, SIGSEGV, SIGILL, SIGFPE, SIGBUS};
struct sigaction previous[sizeof fatal / sizeof *fatal];
int terminal = -1;
int kept = -1;

void restore() {
  dup2(terminal, STDERR_FILENO);
  for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &previous[i], nullptr);
}

// Only functions that POSIX calls safe in a signal handler. The signal comes again once this returns, or as the default.
void onFatal(int signal) {
  restore();
  char buffer[4096];
  lseek(kept, 0, SEEK_SET);
  for (ssize_t n; (n = read(kept, buffer, sizeof buffer)) > 0;)
    if (write(STDERR_FILENO, buffer, n) < 0) break;
  raise(signal);
}

napi_value capture(napi_env env, napi_callback_info) {
  if (terminal < 0 && (terminal = dup(STDERR_FILENO)) >= 0) {
    kept = memfd_create("stderr", MFD_CLOEXEC);
    struct sigaction action = {};
    action.sa_handler = onFatal;
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &action, &previous[i]);
    dup2(kept, STDERR_FILENO);
  }
  return nullptr;
}

napi_value release(napi_env env, napi_callback_info) {
  std::string text;
  if (terminal >= 0) {
    fflush(stderr);
    restore();
    char buffer[4096];
    lseek(kept, 0, SEEK_SET);
    for (ssize_t n; (n = read(kept, buffer, sizeof buffer)) > 0;) text.append(buffer, n);
    close(kept);
    close(terminal);
    terminal = kept = -1;
  }
  napi_value result = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &result);
  return result;
}

napi_value init(napi_env env, napi_value exports) {
  napi_property_descriptor properties[] = {
      {"capture", nullptr, capture, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"release", nullptr, release, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, 2, properties);
  return exports;
}

}  // namespace

NAPI_MODULE(effect_tensorflow_stderr, init)
