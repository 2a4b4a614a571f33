// A full disk: submissions are refused, results are still stored, and later all works again.
#include <sys/mount.h>

#include <fstream>

#include "base/bytes.hpp"
#include "queue/sqlite/fixture_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {
namespace {

class DiskFull : public testing::Test {
 protected:
  void SetUp() override {
    if (::mount("tmpfs", scratch_.path().c_str(), "tmpfs", 0, "size=32m") < 0) {
      GTEST_SKIP() << "needs the right to mount a tmpfs: " << last_error().message();
    }
    mounted_ = true;
    options_.directory = scratch_.path() / "data";
  }
  void TearDown() override {
    if (mounted_) ::umount2(scratch_.path().c_str(), MNT_DETACH);
  }
  std::filesystem::path filler() const { return scratch_.path() / "filler"; }
  static NewJob job(std::size_t size) {
    return {submission::new_token(), std::string(size, 's'), {}};
  }

  Scratch scratch_;
  Options options_;
  SystemClock clock_;
  bool mounted_ = false;
};

TEST_F(DiskFull, RefusesSubmissionsPublishesResultsAndRecovers) {
  std::ofstream{filler()} << std::string(mebibytes(14).count, 'f');
  auto queue = opened(options_, clock_);
  const auto held_token = run(queue->accept(job(100)))->token;
  const auto held = *run(queue->lease(5s));
  ASSERT_TRUE(held);

  std::vector<std::string> stored;
  NewJob refused;
  for (int i = 0; i < 1000; ++i) {
    refused = job(200'000);
    const auto answer = run(queue->accept(refused));
    if (!answer) {
      EXPECT_EQ(answer.error().code, Errc::Unavailable) << answer.error().what;
      break;
    }
    stored.push_back(answer->token);
  }
  ASSERT_GT(stored.size(), 10U);
  ASSERT_LT(stored.size(), 1000U) << "the disk never filled";
  EXPECT_FALSE(queue->figures().healthy);
  EXPECT_EQ(run(queue->find(refused.token)).error().code, Errc::NotFound) << "half stored";
  EXPECT_EQ(run(queue->accept(job(10))).error().code, Errc::Unavailable)
      << "the reserve is for results";
  ASSERT_TRUE(run(queue->complete(held->id, std::string(1 << 20, 'r'))));
  const auto next = *run(queue->lease(5s));
  ASSERT_TRUE(next) << "stored jobs still run";
  ASSERT_TRUE(run(queue->complete(next->id, "result")));

  std::filesystem::remove(filler());
  EXPECT_TRUE(run(queue->accept(refused)));
  EXPECT_TRUE(queue->figures().healthy);
  EXPECT_TRUE(std::filesystem::exists(options_.directory / "reserve"));

  queue.reset();
  queue = opened(options_, clock_);
  for (const std::string& token : stored) EXPECT_TRUE(run(queue->find(token))) << token;
  EXPECT_EQ(run(queue->find(held_token))->result.size(), 1U << 20);
  EXPECT_EQ(run(queue->find(next->id.token))->result, "result");
}

TEST_F(DiskFull, OpensOnAFullDiskAndIsUnhealthy) {
  std::string token;
  {
    const auto queue = opened(options_, clock_);
    token = run(queue->accept(job(100)))->token;
  }
  {
    std::ofstream file{filler()};
    const std::string block(65'536, 'f');
    while (file << block << std::flush) {
    }
  }
  auto queue = open(options_, clock_);
  ASSERT_TRUE(queue) << queue.error().what;
  EXPECT_FALSE((*queue)->figures().healthy);
  EXPECT_EQ(run((*queue)->accept(job(10))).error().code, Errc::Unavailable);
  EXPECT_TRUE(run((*queue)->find(token)));
}

}  // namespace
}  // namespace evalx::queue::sqlite
