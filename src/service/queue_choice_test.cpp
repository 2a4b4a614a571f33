#include "service/queue_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace evalx::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class QueueChoiceTest : public testing::Test {
 protected:
  QueueChoiceTest() {
    std::string name = testing::TempDir() + "queue-XXXXXX";
    settings_.data_dir = ::mkdtemp(name.data());
  }
  ~QueueChoiceTest() override { std::filesystem::remove_all(*settings_.data_dir); }

  config::Settings settings_;
  SystemClock clock_;
};

TEST_F(QueueChoiceTest, OpensASqliteQueueInTheDataFolder) {
  EXPECT_EQ(queue_kind(settings_), "sqlite");
  const auto queue = open_queue(settings_, clock_);
  ASSERT_TRUE(queue) << queue.error().what;
  EXPECT_TRUE(std::filesystem::exists(queue_directory(settings_)));
  EXPECT_EQ(queue_directory(settings_).parent_path(), *settings_.data_dir);
}

TEST_F(QueueChoiceTest, RefusesASqliteQueueThatIsInUse) {
  const auto first = open_queue(settings_, clock_);
  ASSERT_TRUE(first);
  const auto second = open_queue(settings_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::device_or_resource_busy);
}

TEST_F(QueueChoiceTest, NamesNoPasswordWhenARedisAddressIsWrong) {
  for (const char* url : {"redis://:s3cret@:1/0", "redis://me:s3cret@host/x"}) {
    settings_.queue = config::RedisQueue{url};
    EXPECT_EQ(queue_kind(settings_), "redis");
    const auto queue = open_queue(settings_, clock_);
    ASSERT_FALSE(queue) << url;
    EXPECT_THAT(queue.error().what, HasSubstr("edis"));
    EXPECT_THAT(queue.error().what, Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace evalx::service
