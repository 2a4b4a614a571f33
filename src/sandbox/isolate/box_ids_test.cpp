#include "sandbox/isolate/box_ids.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <filesystem>

namespace evalx::sandbox::isolate {
namespace {

class IsolateBoxIds : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/box-ids-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<std::vector<BoxIds::Id>> lock(unsigned first, unsigned count) {
    return BoxIds::lock(folder_, first, count);
  }
  /// Takes an id; it is appended to taken_ when it is granted.
  void take(BoxIds& ids) {
    asio::co_spawn(loop_, ids.take(loop_), [this](const std::exception_ptr&, BoxIds::Id id) {
      taken_.push_back(std::move(id));
    });
    turn();
  }
  void turn() {
    loop_.restart();
    loop_.poll();
  }

  std::string folder_;
  std::vector<BoxIds::Id> taken_;  ///< In the order in which they came.
  asio::io_context loop_{1};
};

TEST_F(IsolateBoxIds, LeavesOutIdsThatOthersHold) {
  auto mine = lock(5, 2);
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->at(0).number, 5U);
  EXPECT_EQ(mine->at(1).number, 6U);
  auto yours = lock(5, 1);
  ASSERT_TRUE(yours);
  EXPECT_EQ(yours->at(0).number, 7U);
  mine->clear();
  EXPECT_EQ(lock(5, 1).value().at(0).number, 5U);
}

TEST_F(IsolateBoxIds, ReportsWhyItHasNone) {
  const auto ids = BoxIds::lock(folder_ + "/none", 0, 1);
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, std::errc::no_such_file_or_directory);
}

TEST_F(IsolateBoxIds, FollowsNoLinkToALockFile) {
  std::filesystem::create_symlink("/etc/passwd", folder_ + "/evalx-isolate-0.lock");
  EXPECT_EQ(lock(0, 1).error().code, std::errc::too_many_symbolic_link_levels);
}

TEST_F(IsolateBoxIds, ServesTheLongestWaiterFirst) {
  BoxIds ids{lock(0, 1).value()};
  take(ids);
  ASSERT_EQ(taken_.size(), 1U);
  take(ids);
  take(ids);
  EXPECT_EQ(taken_.size(), 1U);
  for (std::size_t served = 1; served < 3; ++served) {
    BoxIds::Id back = std::move(taken_.back());
    back.condition = served == 1 ? BoxIds::Condition::Clean : BoxIds::Condition::Unknown;
    ids.give_back(std::move(back));
    turn();
    EXPECT_EQ(taken_.size(), served + 1);
  }
}

TEST_F(IsolateBoxIds, PrefersACleanOne) {
  BoxIds ids{lock(0, 3).value()};
  for (int i = 0; i < 3; ++i) take(ids);
  taken_[1].condition = BoxIds::Condition::Clean;
  for (BoxIds::Id& id : taken_) ids.give_back(std::move(id));
  taken_.clear();
  take(ids);
  EXPECT_EQ(taken_.at(0).number, 1U);
}

TEST_F(IsolateBoxIds, ForgetsWaitersThatAreGone) {
  BoxIds ids{lock(0, 1).value()};
  take(ids);
  {
    asio::io_context other{1};
    asio::co_spawn(other, ids.take(other),
                   [](const std::exception_ptr&, const BoxIds::Id&) { FAIL(); });
    other.poll();
  }
  ids.give_back(std::move(taken_.back()));
  take(ids);
  EXPECT_EQ(taken_.size(), 2U);
}

}  // namespace
}  // namespace evalx::sandbox::isolate
