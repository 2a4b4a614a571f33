#include "sandbox/transfer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "kernel/file.hpp"
#include "sandbox/test_unpack.hpp"

namespace evalx::sandbox {
namespace {

/// A folder "out" with files as a program could make them, in a folder of ours.
class Transfer : public testing::Test {
 protected:
  Transfer() {
    std::string name = testing::TempDir() + "/evalx-transfer-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::filesystem::create_directory(folder_ / "out");
    directory_ = kernel::open_at(AT_FDCWD, name.c_str(), O_RDONLY | O_DIRECTORY).value();
  }
  ~Transfer() override { std::filesystem::remove_all(folder_); }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void write(const std::string& name, std::string_view content) {
    const auto file =
        kernel::open_at(directory_.get(), name.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
    ASSERT_TRUE(file && kernel::write_all(file->get(), content));
  }
  Result<kernel::Fd> take() { return take_files(directory_.get(), "out", mebibytes(1)); }

  std::filesystem::path folder_;
  kernel::Fd directory_;
};

TEST_F(Transfer, TakesMoreFilesThanAProcessMayHaveOpen) {
  constexpr unsigned kFiles = 300;
  for (unsigned i = 0; i < kFiles; ++i) write("out/" + std::to_string(i), std::to_string(i));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{kFiles / 4, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto taken = take();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(taken) << taken.error().what;
  const auto files = unpack(taken->get());
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), kFiles);
  for (const ProgramFile& file : *files) EXPECT_EQ(file.content, file.path);
}

TEST_F(Transfer, RestoresTheModesThatTheUmaskTookAway) {
  const mode_t before = ::umask(077);
  const auto packed = pack({{"a/b/script", "x", true}, {"text", "y", false}});
  ASSERT_TRUE(packed);
  ASSERT_TRUE(place_files(packed->get(), directory_.get()));
  ASSERT_TRUE(restore_modes(packed->get(), directory_.get()));
  ::umask(before);
  const auto mode_of = [this](const char* name) {
    struct stat facts {};
    return ::fstatat(directory_.get(), name, &facts, 0) == 0 ? facts.st_mode & 0777U : 0U;
  };
  EXPECT_EQ(mode_of("a"), 0755U);
  EXPECT_EQ(mode_of("a/b"), 0755U);
  EXPECT_EQ(mode_of("a/b/script"), 0555U);
  EXPECT_EQ(mode_of("text"), 0444U);
}

TEST_F(Transfer, FailsInsteadOfLeavingAFileOut) {
  write("out/a", "a");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  // Enough for the top directory, and for no other file.
  const kernel::Fd next{::dup(directory_.get())};
  const rlimit few{static_cast<rlim_t>(next.get()) + 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto taken = take();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, std::errc::too_many_files_open);
}

TEST_F(Transfer, TakesRegularFilesOnly) {
  write("secret", "secret");
  write("out/file", "file");
  ASSERT_EQ(::symlinkat("../secret", directory_.get(), "out/link"), 0);
  ASSERT_EQ(::symlinkat("..", directory_.get(), "out/up"), 0);
  ASSERT_EQ(::mkfifo((folder_ / "out/pipe").c_str(), 0600), 0);
  const auto files = unpack(take().value().get());
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].path, "file");
}

/// Small packs must not change the size: a box is made ready before its pack is known.
TEST_F(Transfer, GivesRoomToLargePacksInLargeSteps) {
  const BoxSize asked{mebibytes(64), 4096};
  const auto room_for = [&](const std::vector<ProgramFile>& files) {
    return with_room_for(asked, pack(files).value().get()).value();
  };
  EXPECT_EQ(room_for({}), asked);
  EXPECT_EQ(room_for({{"main", std::string(mebibytes(4).count, 'x')}}), asked);
  EXPECT_EQ(room_for({{"main", std::string(mebibytes(4).count + 1, 'x')}}),
            (BoxSize{mebibytes(128), 4096}));
  std::vector<ProgramFile> deep;
  for (int i = 0; i < 256; ++i) deep.push_back({std::to_string(i) + "/file", ""});
  EXPECT_EQ(room_for(deep), asked);
  deep.push_back({"one/file", ""});
  EXPECT_EQ(room_for(deep), (BoxSize{mebibytes(64), 4096 + 16'384}));
}

}  // namespace
}  // namespace evalx::sandbox
