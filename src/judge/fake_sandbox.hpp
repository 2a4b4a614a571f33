#pragma once
// FakeSandbox: a scripted sandbox for the judge's tests; it records the boxes and runs asked for.

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/wakeup.hpp"
#include "sandbox/sandbox.hpp"

namespace evalx::judge {

class FakeSandbox final : public sandbox::Sandbox {
 public:
  /// Plays one run. The RunSpec belongs to the coroutine.
  using Script = std::function<Task<Result<sandbox::Outcome>>(sandbox::RunSpec)>;

  explicit FakeSandbox(Script script) : script_(std::move(script)) {}

  Task<Result<std::unique_ptr<sandbox::Box>>> open(sandbox::BoxSpec spec) override {
    auto held = std::move(spec.held);
    opened.push_back(std::move(spec));
    if (open_failure) co_return tl::make_unexpected(*open_failure);
    co_return std::make_unique<FakeBox>(*this, std::move(held));
  }

  std::vector<sandbox::BoxSpec> opened;
  std::vector<sandbox::RunSpec> runs;
  std::size_t running = 0;
  std::size_t most_running = 0;
  std::optional<Error> open_failure;
  bool keeps_held = false;  ///< As if processes of each run were alive after its answer.
  std::vector<std::shared_ptr<const void>> dying;

 private:
  class FakeBox final : public sandbox::Box {
   public:
    FakeBox(FakeSandbox& sandbox, std::shared_ptr<const void> held)
        : sandbox_(sandbox), held_(std::move(held)) {}
    Task<Result<sandbox::Outcome>> run(sandbox::RunSpec spec) override {
      sandbox_.runs.push_back(spec);
      sandbox_.most_running = std::max(sandbox_.most_running, ++sandbox_.running);
      if (sandbox_.keeps_held) sandbox_.dying.push_back(held_);
      auto outcome = co_await sandbox_.script_(std::move(spec));
      --sandbox_.running;
      co_return outcome;
    }

   private:
    FakeSandbox& sandbox_;
    std::shared_ptr<const void> held_;
  };

  Script script_;
};

inline sandbox::Outcome exits(int code, std::string out = {}) {
  sandbox::Outcome outcome;
  outcome.exit_code = code;
  outcome.out = {out, out.size()};
  return outcome;
}

/// A program that execve(2) refuses.
inline sandbox::Outcome not_started(std::errc error) {
  sandbox::Outcome outcome;
  outcome.cause = sandbox::Cause::NotStarted;
  outcome.start_error = std::make_error_code(error);
  return outcome;
}

/// A script that runs until it is stopped.
inline Task<Result<sandbox::Outcome>> run_until_killed(sandbox::RunSpec spec) {
  const Executor executor = co_await asio::this_coro::executor;
  Wakeup never{executor};
  co_await never.wait(spec.stop);
  sandbox::Outcome killed;
  killed.cause = sandbox::Cause::Cancelled;
  co_return killed;
}

}  // namespace evalx::judge
