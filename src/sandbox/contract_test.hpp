#pragma once
// The fixture of the suite that every engine must pass (contract_*_test.cpp). An engine lists the
// promises that it cannot keep. The test of an engine defines how to make it:
//   INSTANTIATE_TEST_SUITE_P(Name, SandboxContract,
//                            testing::Values(EngineMaker{"name", make_engine}));

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

#include "sandbox/pack.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/test_await.hpp"

namespace evalx::sandbox {

using std::chrono::milliseconds;

/// Promises of the contract that an engine may be unable to keep.
enum class Promise {
  ProtectsItsFiles,        ///< A program cannot change the files placed into its box.
  BoundsTheBox,            ///< BoxSpec's size and inodes.
  ReportsTheProcessLimit,  ///< Outcome::process_limit_hit.
  ReportsTheMemoryLimit,   ///< Cause::Memory, and memory counted for all processes together.
};

struct Engine {
  std::unique_ptr<Sandbox> sandbox;
  std::string skip;  ///< If there is no engine: the reason.
  /// How much later than its limit a kill may come.
  milliseconds cpu_lateness{10};
  milliseconds wall_lateness{100};
  std::map<Promise, std::string> cannot;  ///< Each with the reason.
};
struct EngineMaker {
  const char* name;
  Engine (*make)(asio::io_context&);

  /// For the test framework.
  friend void PrintTo(const EngineMaker& maker, std::ostream* out) { *out << maker.name; }
};

/// Runs /bin/sh and similar tools; nothing is compiled here.
class SandboxContract : public testing::TestWithParam<EngineMaker> {
 protected:
  void SetUp() override {
    engine_ = GetParam().make(loop_);
    if (!engine_.skip.empty()) GTEST_SKIP() << engine_.skip;
    ASSERT_TRUE(engine_.sandbox);
  }

  template <class T>
  T await(Task<T> task) {
    return sandbox::await(loop_, std::move(task));
  }

  std::unique_ptr<Box> open(BoxSpec spec = {}) {
    auto box = await(engine_.sandbox->open(std::move(spec)));
    if (!box) throw std::runtime_error(box.error().what + ": " + box.error().code.message());
    return *std::move(box);
  }

  static BoxSpec box_with(const std::vector<ProgramFile>& files) {
    BoxSpec spec;
    spec.files = std::make_shared<const kernel::Fd>(pack(files).value());
    return spec;
  }

  static RunSpec shell(std::string script) {
    RunSpec spec;
    spec.argv = {"sh", "-c", std::move(script)};
    // Generous: an emulated machine takes a hundred times as long.
    spec.limits.cpu_time = milliseconds{30'000};
    spec.limits.wall_time = milliseconds{60'000};
    return spec;
  }

  Outcome run(Box& box, RunSpec spec) {
    auto outcome = await(box.run(std::move(spec)));
    EXPECT_TRUE(outcome) << outcome.error().what << ": " << outcome.error().code.message();
    return outcome ? *std::move(outcome) : Outcome{};
  }
  Outcome run(RunSpec spec) {
    const auto box = open();
    return run(*box, std::move(spec));
  }
  std::string output_of(std::string script) { return run(shell(std::move(script))).out.head; }

  /// The reason why the engine cannot keep the promise; nullopt if it can.
  [[nodiscard]] std::optional<std::string> cannot(Promise promise) const {
    const auto found = engine_.cannot.find(promise);
    return found == engine_.cannot.end() ? std::nullopt : std::optional{found->second};
  }

  asio::io_context loop_{1};
  Engine engine_;
};

/// Ends the test as skipped if the engine cannot keep the promise, with its reason.
#define EVALX_NEEDS(promise) \
  if (const auto why = cannot(promise)) GTEST_SKIP() << *why

}  // namespace evalx::sandbox
