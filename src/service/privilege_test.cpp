#include "service/privilege.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace evalx::service {
namespace {

class PrivilegeTest : public testing::Test {
 protected:
  PrivilegeTest() {
    std::string name = testing::TempDir() + "privilege-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~PrivilegeTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(PrivilegeTest, TurnsRootIntoAUserWithoutRights) {
  const Identity identity = unprivileged_identity();
  EXPECT_NE(identity.uid, 0U);
  EXPECT_NE(identity.gid, 0U);
  if (const passwd* user = ::getpwnam(identity.name.c_str())) {
    EXPECT_EQ(user->pw_uid, identity.uid);
  }
}

TEST_F(PrivilegeTest, MakesAFolderWithThoseAboveIt) {
  const std::filesystem::path inner = folder_ / "a" / "b";
  const Identity owner{::geteuid() == 0 ? 12'345U : ::geteuid(), ::getegid(), "owner"};
  ASSERT_TRUE(prepare_folder(inner, owner));
  struct stat facts {};
  ASSERT_EQ(::stat(inner.c_str(), &facts), 0);
  EXPECT_TRUE(S_ISDIR(facts.st_mode));
  EXPECT_EQ(facts.st_uid, owner.uid);
  EXPECT_TRUE(prepare_folder(inner, owner)) << "it exists";
}

TEST_F(PrivilegeTest, KeepsTheFolderFromOtherUsersWhateverTheUmask) {
  const Identity owner{::geteuid(), ::getegid(), "owner"};
  const auto mode_of = [](const std::filesystem::path& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777U : 0U;
  };
  for (const mode_t mask : {mode_t{022}, mode_t{077}}) {
    const std::filesystem::path above = folder_ / std::to_string(mask);
    const mode_t before = ::umask(mask);
    const auto made = prepare_folder(above / "data" / "", owner);
    ::umask(before);
    ASSERT_TRUE(made);
    EXPECT_EQ(mode_of(above / "data"), 0700U);
    EXPECT_EQ(mode_of(above), 0755U) << "the service's user must pass it";
  }
  const std::filesystem::path old = folder_ / "old";
  std::filesystem::create_directory(old);
  ASSERT_EQ(::chmod(old.c_str(), 0755), 0);
  ASSERT_TRUE(prepare_folder(old, owner));
  EXPECT_EQ(mode_of(old), 0700U) << "an earlier evalX made it";
}

TEST_F(PrivilegeTest, NamesAFileOfAnotherUserAndTheCure) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file to another user";
  const Identity owner{12'345, 12'345, "owner"};
  const std::filesystem::path file = folder_ / "queue" / "queue.db";
  std::filesystem::create_directory(folder_ / "lost+found");  // A volume has one, of root.
  std::filesystem::create_directory(folder_ / "queue");
  ASSERT_EQ(::chown((folder_ / "queue").c_str(), owner.uid, owner.gid), 0);
  std::ofstream(file) << "";
  const auto restored = prepare_folder(folder_, owner);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, std::errc::permission_denied);
  EXPECT_EQ(restored.error().what, file.string() +
                                       " belongs to the user id 0, but evalX runs as owner (run: "
                                       "chown -R owner " +
                                       folder_.string() + ")");
  ASSERT_EQ(::chown(file.c_str(), owner.uid, owner.gid), 0);
  EXPECT_TRUE(prepare_folder(folder_, owner));
}

TEST_F(PrivilegeTest, NamesTheFolderThatCannotBeMade) {
  std::ofstream(folder_ / "file") << "";
  const auto made = prepare_folder(folder_ / "file" / "b", unprivileged_identity());
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, testing::HasSubstr((folder_ / "file" / "b").string()));
}

TEST_F(PrivilegeTest, AllowsSetuidToolsOnlyForIsolate) {
  EXPECT_EQ(setuid_tools_of(config::SandboxKind::Native), SetuidTools::Refused);
  EXPECT_EQ(setuid_tools_of(config::SandboxKind::Isolate), SetuidTools::Needed);
}

}  // namespace
}  // namespace evalx::service
