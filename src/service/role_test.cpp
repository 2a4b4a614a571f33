#include "service/role.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::service {
namespace {

using ::testing::StartsWith;

config::Settings on_sqlite() {
  config::Settings settings;
  settings.data_dir = "/data";
  return settings;
}
config::Settings on_redis() {
  config::Settings settings = on_sqlite();
  settings.queue = config::RedisQueue{"redis://redis:6379/0"};
  return settings;
}
std::string complaint(Role role, const config::Settings& settings) {
  const auto checked = check_settings(role, settings);
  if (checked) return "accepted";
  EXPECT_EQ(checked.error().code, std::errc::invalid_argument);
  return checked.error().what;
}

TEST(Role, AcceptsRedisInEveryRoleAndSqliteInOneProcess) {
  for (const Role role : {Role::Serve, Role::Api, Role::Worker, Role::Local, Role::Operator})
    EXPECT_EQ(complaint(role, on_redis()), "accepted");
  for (const Role role : {Role::Serve, Role::Local, Role::Operator})
    EXPECT_EQ(complaint(role, on_sqlite()), "accepted");
  EXPECT_THAT(complaint(Role::Api, on_sqlite()), StartsWith("queue is sqlite"));
  EXPECT_THAT(complaint(Role::Worker, on_sqlite()), StartsWith("queue is sqlite"));
}

TEST(Role, NeedsARedisToShareArtifacts) {
  config::Settings settings = on_sqlite();
  settings.artifact_share = config::ArtifactShare::Redis;
  EXPECT_THAT(complaint(Role::Serve, settings), StartsWith("artifact_share is redis, but queue"));
  settings.queue = on_redis().queue;
  EXPECT_EQ(complaint(Role::Serve, settings), "accepted");
}

TEST(Role, NeedsADataFolderOnlyForFilesOfItsOwn) {
  config::Settings settings = on_redis();
  settings.data_dir.reset();
  EXPECT_THAT(complaint(Role::Serve, settings), StartsWith("--data-dir: must be given"));
  EXPECT_THAT(complaint(Role::Worker, settings), StartsWith("--data-dir: must be given"));
  EXPECT_EQ(complaint(Role::Api, settings), "accepted");
  EXPECT_EQ(complaint(Role::Operator, settings), "accepted");
  settings.queue = config::SqliteQueue{};
  EXPECT_THAT(complaint(Role::Operator, settings), StartsWith("--data-dir: must be given"));
  EXPECT_EQ(complaint(Role::Local, settings), "accepted");
}

TEST(Role, GivesAnApiAndAWorkerPortsForOneMachine) {
  EXPECT_EQ(default_port(Role::Serve), default_port(Role::Api));
  EXPECT_NE(default_port(Role::Api), default_port(Role::Worker));
}

}  // namespace
}  // namespace evalx::service
