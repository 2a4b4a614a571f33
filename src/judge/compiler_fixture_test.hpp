#pragma once
// A compiler over a fake sandbox, for its tests.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <filesystem>

#include "judge/compiler.hpp"
#include "judge/fake_sandbox.hpp"
#include "judge/kept_report.hpp"
#include "kernel/memory_file.hpp"

namespace evalx::judge {

namespace fs = std::filesystem;
using sandbox::Cause;
using sandbox::Outcome;
using sandbox::RunSpec;

inline Outcome compiles_to(std::string_view program) {
  Outcome outcome;
  kernel::Fd fd{::memfd_create("program", MFD_CLOEXEC)};
  EXPECT_EQ(::write(fd.get(), program.data(), program.size()),
            static_cast<ssize_t>(program.size()));
  outcome.taken = std::make_shared<const kernel::Fd>(std::move(fd));
  outcome.err = {"a warning\n", 10};
  return outcome;
}

/// The programs of other processes, and whether one of them is compiling now.
class FakeShare final : public artifact::Share {
 public:
  explicit FakeShare(const Executor& executor) : changed(executor) {}

  Task<artifact::Artifact> find(Digest, Milliseconds patience, std::stop_token stop) override {
    EXPECT_GT(patience, kCompileLimits.wall_time);
    if (is_claimed) co_await changed.wait(std::move(stop));
    co_return there;
  }
  Task<bool> claim(Digest, Milliseconds bound) override {
    EXPECT_GT(bound, kCompileLimits.wall_time);
    ++claims;
    if (refused_claims == 0) co_return true;
    --refused_claims;
    co_return false;
  }
  void offer(const Digest& key, int, std::string_view behind) override {
    offered.push_back(key);
    offered_behind = behind;
  }
  void release(const Digest& key) override { released.push_back(key); }
  [[nodiscard]] Counters counters() const override { return {}; }

  Wakeup changed;
  bool is_claimed = false;
  unsigned refused_claims = 0;
  unsigned claims = 0;
  artifact::Artifact there;
  std::vector<Digest> offered, released;
  std::string offered_behind;
};

class CompilerTest : public testing::Test {
 protected:
  CompilerTest() {
    std::string pattern = fs::temp_directory_path() / "evalx-compiler-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    store_.emplace(Store::open(directory_, mebibytes(64)).value());
    compiler_.emplace(sandbox_, *store_, reservoir_);
  }
  ~CompilerTest() override { fs::remove_all(directory_); }

  using Store = artifact::Store;

  static Compilation compilation(std::string_view name = "a") {
    Compilation compilation;
    compilation.key = sha256(name);
    compilation.files = {{"main.c", std::string{name}}};
    compilation.argv = {"/usr/bin/cc", "main.c"};
    compilation.take = "out";
    compilation.packages = "gcc";
    return compilation;
  }

  /// Starts a compilation; its result will be at the returned index of results_.
  std::size_t start(Compilation wanted, std::stop_token stop = {}) {
    const std::size_t index = results_.size();
    results_.emplace_back();
    asio::co_spawn(loop_, compiler_->compile(std::move(wanted), std::move(stop)),
                   [this, index](std::exception_ptr, Result<Compiled> result) {
                     results_[index].emplace(std::move(result));
                   });
    settle();
    return index;
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  void finish(Result<Outcome> outcome) {
    outcome_ = std::move(outcome);
    gate_.set();
    settle();
  }
  const Compiled& compiled(std::size_t index) { return **results_.at(index); }
  /// Shares programs from here on.
  void share() { compiler_.emplace(sandbox_, *store_, reservoir_, &share_); }

  Task<Result<Outcome>> play(RunSpec spec) {
    Wakeup gate = gate_;
    co_await gate.wait(spec.stop);
    if (gate.is_set()) co_return outcome_;
    Outcome killed;
    killed.cause = Cause::Cancelled;
    co_return killed;
  }

  fs::path directory_;
  asio::io_context loop_{1};
  Reservoir reservoir_{2, mebibytes(1 << 20)};
  std::optional<Store> store_;
  Wakeup gate_{loop_.get_executor()};
  Result<Outcome> outcome_;
  FakeSandbox sandbox_{[this](RunSpec spec) { return play(std::move(spec)); }};
  FakeShare share_{loop_.get_executor()};
  std::optional<Compiler> compiler_;
  std::stop_source stop_;
  std::deque<std::optional<Result<Compiled>>> results_;
};

}  // namespace evalx::judge
