#include "share/redis_share.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>

#include "kernel/memory_file.hpp"
#include "queue/redis/server_test.hpp"

namespace evalx::share {
namespace {

using namespace std::chrono_literals;
using artifact::Artifact;
using artifact::Share;

constexpr Milliseconds kBound = 60s;
constexpr auto kSoon = 20s;  ///< Much longer than any step of these tests.
const Digest kKey = sha256("program");

kernel::Fd memory_file(const std::string& content) {
  return kernel::sealed_file("content", content).value();
}

std::string text_of(const Artifact& artifact) {
  if (!artifact) return "(none)";
  std::string content(64, '\0');
  const ssize_t got = ::pread(artifact->get(), content.data(), content.size(), 0);
  content.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return content;
}

/// The share of one worker, with its event loop.
struct Process {
  explicit Process(Options options) : share(open(loop, std::move(options))) {}
  asio::io_context loop{1};
  std::unique_ptr<Share> share;
};

class RedisShareTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!queue::redis::has_server())
      GTEST_SKIP() << "Debian's redis-tools is missing: no " << queue::redis::kServerBinary;
    server_.emplace();
    options_.address = server_->address();
    options_.claim = 1'000ms;
    one_ = connected();
    other_ = connected();
  }

  /// Runs all event loops until the condition is true; false after kSoon.
  template <class Condition>
  bool comes_true(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kSoon;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      for (Process* process : {one_.get(), other_.get()}) {
        if (process) process->loop.run_for(5ms);
      }
    }
    return true;
  }

  std::unique_ptr<Process> connected() {
    auto process = std::make_unique<Process>(options_);
    const Digest probe = sha256("probe");
    const auto end = std::chrono::steady_clock::now() + kSoon;
    while (server_->run({"EXISTS", key("artifact-claim:", probe)}).integer == 0) {
      EXPECT_LT(std::chrono::steady_clock::now(), end) << "not connected";
      if (testing::Test::HasFailure()) break;
      bool done = false;
      asio::co_spawn(process->loop, process->share->claim(probe, kBound),
                     [&](std::exception_ptr, bool) { done = true; });
      while (!done) process->loop.run_for(5ms);
    }
    process->share->release(probe);
    process->loop.run_for(5ms);
    server_->run({"DEL", key("artifact-claim:", probe)});
    return process;
  }

  std::shared_ptr<std::optional<Artifact>> begin_find(Process& process, std::stop_token stop = {}) {
    auto found = std::make_shared<std::optional<Artifact>>();
    asio::co_spawn(
        process.loop, process.share->find(kKey, kBound, std::move(stop)),
        [found](std::exception_ptr, Artifact artifact) { *found = std::move(artifact); });
    return found;
  }
  std::string find(Process& process) {
    const auto found = begin_find(process);
    EXPECT_TRUE(comes_true([&] { return found->has_value(); }));
    return text_of(found->value_or(nullptr));
  }
  bool claim(Process& process) {
    std::optional<bool> ours;
    asio::co_spawn(process.loop, process.share->claim(kKey, kBound),
                   [&](std::exception_ptr, bool answer) { ours = answer; });
    EXPECT_TRUE(comes_true([&] { return ours.has_value(); }));
    return ours.value_or(false);
  }
  void offer(Process& process, const std::string& content, const Digest& key = kKey) {
    const std::uint64_t before = process.share->counters().puts;
    process.share->offer(key, memory_file(content).get(), {});
    EXPECT_TRUE(comes_true([&] { return process.share->counters().puts > before; }));
  }
  static std::string key(const std::string& kind, const Digest& digest = kKey) {
    return "{evalx}:" + kind + to_hex(digest);
  }
  bool has(const std::string& name) { return server_->run({"EXISTS", name}).integer == 1; }

  std::optional<queue::redis::Server> server_;
  Options options_;
  std::unique_ptr<Process> one_, other_;
};

TEST_F(RedisShareTest, FindsAProgramThatAnotherProcessOffered) {
  EXPECT_EQ(find(*other_), "(none)");
  ASSERT_TRUE(claim(*one_));
  offer(*one_, "compiled");
  EXPECT_EQ(find(*other_), "compiled");
  EXPECT_EQ(other_->share->counters().hits, 1U);
  EXPECT_FALSE(has(key("artifact-claim:")));
  EXPECT_FALSE(claim(*other_)) << "already offered";
  const auto left = server_->run({"PTTL", key("artifact:")}).integer;
  EXPECT_GT(left, 3'500'000);
  EXPECT_LE(left, 3'600'000);
}

TEST_F(RedisShareTest, WaitsForTheClaimingProcessLongerThanOneClaimLasts) {
  ASSERT_TRUE(claim(*one_));
  EXPECT_FALSE(claim(*other_));
  const auto found = begin_find(*other_);
  const auto later = std::chrono::steady_clock::now() + 2 * options_.claim;
  ASSERT_TRUE(comes_true([&] { return std::chrono::steady_clock::now() > later; }));
  EXPECT_FALSE(found->has_value()) << "the claim is renewed";
  offer(*one_, "compiled");
  ASSERT_TRUE(comes_true([&] { return found->has_value(); }));
  EXPECT_EQ(text_of(**found), "compiled");
}

TEST_F(RedisShareTest, ReturnsNullWhenTheClaimIsReleased) {
  ASSERT_TRUE(claim(*one_));
  const auto found = begin_find(*other_);
  one_->share->release(kKey);
  ASSERT_TRUE(comes_true([&] { return found->has_value(); }));
  EXPECT_FALSE(**found);
  EXPECT_TRUE(claim(*other_));
}

TEST_F(RedisShareTest, ReturnsNullWhenTheClaimingProcessHasDied) {
  ASSERT_TRUE(claim(*one_));
  const auto found = begin_find(*other_);
  one_.reset();
  ASSERT_TRUE(comes_true([&] { return found->has_value(); }));
  EXPECT_FALSE(**found);
  EXPECT_TRUE(claim(*other_));
}

TEST_F(RedisShareTest, EndsAWaitAtAStop) {
  ASSERT_TRUE(claim(*one_));
  std::stop_source stop;
  const auto found = begin_find(*other_, stop.get_token());
  other_->loop.run_for(50ms);
  EXPECT_FALSE(found->has_value());
  stop.request_stop();
  ASSERT_TRUE(comes_true([&] { return found->has_value(); }));
  EXPECT_FALSE(**found);
}

TEST_F(RedisShareTest, DeletesAndCountsABrokenArtifact) {
  offer(*one_, "compiled");
  const std::string whole = server_->run({"GET", key("artifact:")}).text;
  std::string changed = whole;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  const std::string cases[] = {changed, whole.substr(0, whole.size() - 1), whole + "x", "", "junk"};
  std::uint64_t broken = 0;
  for (const std::string& value : cases) {
    server_->run({"SET", key("artifact:"), value});
    EXPECT_EQ(find(*other_), "(none)");
    EXPECT_EQ(other_->share->counters().broken, ++broken);
    EXPECT_FALSE(has(key("artifact:")));
  }
  EXPECT_TRUE(claim(*other_));
  offer(*other_, "compiled");
  EXPECT_EQ(find(*one_), "compiled");
}

TEST_F(RedisShareTest, TreatsAnArtifactUnderAnotherKeyAsBroken) {
  offer(*one_, "another", sha256("another"));
  const auto value = server_->run({"GET", key("artifact:", sha256("another"))});
  server_->run({"SET", key("artifact:"), value.text});
  EXPECT_EQ(find(*other_), "(none)");
  EXPECT_EQ(other_->share->counters().broken, 1U);
}

TEST_F(RedisShareTest, SendsTheBytesBehindTheContentWithIt) {
  one_->share->offer(kKey, memory_file("program").get(), " and report");
  EXPECT_TRUE(comes_true([&] { return one_->share->counters().puts == 1; }));
  EXPECT_EQ(find(*other_), "program and report");
}

TEST_F(RedisShareTest, EndsTheClaimOfAnArtifactThatIsTooLarge) {
  options_.largest = Bytes{8};
  one_ = connected();
  ASSERT_TRUE(claim(*one_));
  one_->share->offer(kKey, memory_file("nine").get(), " bytes");
  EXPECT_TRUE(comes_true([&] { return !has(key("artifact-claim:")); }));
  EXPECT_FALSE(has(key("artifact:")));
  EXPECT_EQ(one_->share->counters().puts, 0U);
  offer(*one_, "compiled");
}

TEST_F(RedisShareTest, EvictsTheLeastRecentlyUsedToStayWithinTheCapacity) {
  constexpr std::size_t kHead = 40;  ///< Bytes of a value before its content.
  options_.capacity = Bytes{3 * (kHead + 100)};
  one_ = connected();
  const std::string content(100, 'x');
  for (const char* name : {"a", "b", "c"}) {
    offer(*one_, content, sha256(name));
    server_->run({"ZADD", "{evalx}:artifacts:used", std::to_string(name[0]), to_hex(sha256(name))});
    server_->run({"ZINCRBY", "{evalx}:artifacts:used", "4000000000000", to_hex(sha256(name))});
  }
  offer(*one_, content, kKey);
  EXPECT_FALSE(has(key("artifact:", sha256("a"))));
  for (const Digest& kept : {sha256("b"), sha256("c"), kKey})
    EXPECT_TRUE(has(key("artifact:", kept)));
  EXPECT_EQ(server_->run({"GET", "{evalx}:artifacts:bytes"}).text, std::to_string(3 * 140));
  EXPECT_EQ(server_->run({"HLEN", "{evalx}:artifacts:sizes"}).integer, 3);
}

TEST_F(RedisShareTest, RepairsATotalThatAnotherClientChanged) {
  server_->run({"SET", "{evalx}:artifacts:bytes", "999999999999"});
  offer(*one_, "compiled");
  EXPECT_EQ(server_->run({"GET", "{evalx}:artifacts:bytes"}).text, std::to_string(40 + 8));
}

TEST_F(RedisShareTest, LetsEveryProcessCompileWhenRedisIsFull) {
  ASSERT_TRUE(claim(*one_));
  server_->run({"CONFIG", "SET", "maxmemory", "1"});
  one_->share->offer(kKey, memory_file("compiled").get(), {});
  EXPECT_TRUE(comes_true([&] { return !has(key("artifact-claim:")); }));
  EXPECT_EQ(find(*other_), "(none)");
  EXPECT_TRUE(claim(*other_));
}

TEST_F(RedisShareTest, LetsEveryProcessCompileWithoutRedisAndConnectsAgain) {
  offer(*one_, "compiled");
  server_->stop(SIGKILL);
  EXPECT_EQ(find(*other_), "(none)");
  EXPECT_TRUE(claim(*other_));
  one_->share->offer(kKey, memory_file("compiled").get(), {});
  server_->start();
  EXPECT_TRUE(comes_true([&] { return find(*other_) == "compiled"; }));
}

TEST_F(RedisShareTest, LetsEveryProcessCompileWhenAKeyHasAnotherType) {
  server_->run({"RPUSH", key("artifact:"), "no string"});
  EXPECT_EQ(find(*other_), "(none)");
  server_->run({"SET", key("artifact-claim:"), "no number"});
  server_->run({"DEL", key("artifact:")});
  EXPECT_EQ(find(*other_), "(none)");
}

}  // namespace
}  // namespace evalx::share
