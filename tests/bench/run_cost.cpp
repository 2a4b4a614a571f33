// Cost of a run: the same two programs without a sandbox (vfork + exec + wait), in a box that is
// reused within one submission, and in a fresh box each time. Prints p50 and p99 in microseconds and
// the ratio to the runs without a sandbox.
//   run_cost [runs]     (as root, in the release build, on an idle machine)

#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

#include "../support/own_launcher.hpp"
#include "sandbox/native/native_sandbox.hpp"
#include "sandbox/pack.hpp"

namespace {

using namespace evalx;  // NOLINT: a program of one file
using Micros = std::chrono::duration<double, std::micro>;

struct Row {
  double p50 = 0;
  double p99 = 0;
};

/// First a tenth of `runs` as warm-up, then `runs` measured runs.
Row measure(int runs, const std::function<void()>& once) {
  for (int i = 0; i < runs / 10 + 1; ++i) once();
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    once();
    times.push_back(Micros{std::chrono::steady_clock::now() - begin}.count());
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

void run_bare(const char* program) {
  char* argv[] = {const_cast<char*>(program), nullptr};  // NOLINT: C interface
  char* environment[] = {nullptr};
  const pid_t pid = ::vfork();
  if (pid == 0) {
    ::execve(program, argv, environment);
    ::_exit(127);
  }
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid || status != 0) std::abort();
}

class Boxes {
 public:
  explicit Boxes(const char* program) {
    sandbox::native::NativeOptions options;
    options.pin_cpus = true;
    auto started = sandbox::native::NativeSandbox::start(loop_, options);
    if (!started) {
      std::fprintf(stderr, "run_cost: %s: %s\n", started.error().what.c_str(),
                   started.error().code.message().c_str());
      std::exit(1);
    }
    sandbox_ = *std::move(started);
    std::ifstream file(program, std::ios::binary);
    auto packed = sandbox::pack({{"main", {std::istreambuf_iterator<char>{file}, {}}, true}});
    if (!packed) std::abort();
    spec_.files = std::make_shared<const kernel::Fd>(*std::move(packed));
  }
  void open() { box_ = *await(sandbox_->open(spec_)); }
  void close() { box_.reset(); }
  void run() {
    sandbox::RunSpec spec;
    spec.argv = {"/box/main"};
    spec.proc = sandbox::Proc::Shared;
    const auto outcome = await(box_->run(std::move(spec)));
    if (!outcome || outcome->cause != sandbox::Cause::Exited || outcome->exit_code != 0)
      std::abort();
  }

 private:
  template <class T>
  T await(Task<T> task) {
    std::optional<T> value;
    asio::co_spawn(loop_, std::move(task),
                   [&](std::exception_ptr, T result) { value = std::move(result); });
    loop_.restart();
    loop_.run();
    return *std::move(value);
  }
  asio::io_context loop_{1};
  std::unique_ptr<sandbox::native::NativeSandbox> sandbox_;
  sandbox::BoxSpec spec_;
  std::unique_ptr<sandbox::Box> box_;
};

void print(const char* what, const Row& row, const Row& bare) {
  std::printf("%-34s %9.1f %9.1f   %5.2f\n", what, row.p50, row.p99, row.p50 / bare.p50);
  std::fflush(stdout);
}

void measure_program(const char* name, const char* program, int runs) {
  const Row bare = measure(runs, [&] { run_bare(program); });
  print((std::string(name) + ", bare").c_str(), bare, bare);
  Boxes boxes(program);
  boxes.open();
  print((std::string(name) + ", reused box").c_str(), measure(runs, [&] { boxes.run(); }), bare);
  boxes.close();
  print((std::string(name) + ", fresh box").c_str(),
        measure(runs,
                [&] {
                  boxes.open();
                  boxes.run();
                  boxes.close();
                }),
        bare);
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 1 ? std::atoi(argv[1]) : 2000;
  // Pins this process, and with it the runs without a sandbox, to the CPU of the first slot.
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  ::sched_setaffinity(0, sizeof set, &set);
  std::printf("%-34s %9s %9s   %5s\n", "program, µs", "p50", "p99", "ratio");
  measure_program("without libc", TINY_PROGRAM, runs);
  measure_program("static glibc", STATIC_PROGRAM, runs);
}
