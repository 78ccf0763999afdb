// The threads that a kernel's work is divided among: the calling one and as many helpers as TensorFlow was told to use.
#pragma once
#include <sched.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace kernels {

// `f(index)` for every index below `count()`, each on its own thread. Calls from several threads at once take turns.
//
// Helpers wait for work by spinning a little, as calls of a step follow each other closely, and then sleep.
class Threads {
 public:
  static Threads& shared() {
    // Never destroyed: a helper may still be waiting when the process exits.
    static Threads* threads = new Threads(wanted());
    return *threads;
  }

  int count() const { return count_; }

  template <class F>
  void run(const F& f) {
    if (count_ == 1) return f(0);
    std::lock_guard<std::mutex> turn(turn_);
    work_ = [](const void* f, int index) { (*static_cast<const F*>(f))(index); };
    argument_ = &f;
    running_.store(count_ - 1, std::memory_order_relaxed);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      round_.fetch_add(1, std::memory_order_release);
    }
    if (sleeping_.load() > 0) wake_.notify_all();
    f(0);
    for (int spins = 0; running_.load(std::memory_order_acquire) != 0; spins++) {
      if (spins < kSpins) pause();
      else std::this_thread::yield();
    }
  }

 private:
  static constexpr int kSpins = 2000;

  // The setting that TensorFlow reads for its own threads, else the processors that this process may run on.
  static int wanted() {
    const char* setting = getenv("TF_NUM_INTRAOP_THREADS");
    const int threads = setting ? atoi(setting) : 0;
    if (threads > 0) return threads;
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
    const int processors = std::thread::hardware_concurrency();
    return processors > 0 ? processors : 1;
  }

  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }

  explicit Threads(int count) : count_(count) {
    for (int index = 1; index < count; index++) std::thread([this, index] { help(index); }).detach();
  }

  void help(int index) {
    uint32_t done = 0;
    for (;;) {
      int spins = 0;
      while (round_.load(std::memory_order_acquire) == done) {
        if (++spins < kSpins) {
          pause();
        } else {
          std::unique_lock<std::mutex> lock(mutex_);
          sleeping_++;
          wake_.wait(lock, [&] { return round_.load() != done; });
          sleeping_--;
        }
      }
      done++;
      work_(argument_, index);
      running_.fetch_sub(1, std::memory_order_release);
    }
  }

  const int count_;
  void (*work_)(const void*, int) = nullptr;
  const void* argument_ = nullptr;
  std::atomic<uint32_t> round_{0};
  std::atomic<int> running_{0};
  std::atomic<int> sleeping_{0};
  std::mutex turn_, mutex_;
  std::condition_variable wake_;
};

// The part of `total` units that a thread has: [begin, end), in whole multiples of `unit` but for the last.
struct Share {
  long begin, end;
};
inline Share share(long total, int index, int count, long unit = 1) {
  const long units = (total + unit - 1) / unit;
  const long begin = units * index / count * unit, end = units * (index + 1) / count * unit;
  return {begin, end < total ? end : total};
}

}  // namespace kernels
