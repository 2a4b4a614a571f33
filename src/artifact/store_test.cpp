#include "artifact/store.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "kernel/memory_file.hpp"

namespace evalx::artifact {
namespace {

namespace fs = std::filesystem;

Digest key(std::string_view name) {
  return sha256(name);
}

kernel::Fd memory_file(std::string_view content) {
  return kernel::sealed_file("content", content).value();
}

std::string read_back(const Artifact& artifact) {
  std::string content(4096, '\0');
  const ssize_t got = ::pread(artifact->get(), content.data(), content.size(), 0);
  content.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return content;
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern = fs::temp_directory_path() / "evalx-artifact-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~StoreTest() override { fs::remove_all(directory_); }

  [[nodiscard]] Store open(Bytes capacity = mebibytes(1)) const {
    auto store = Store::open(directory_, capacity);
    EXPECT_TRUE(store) << store.error().what;
    return *std::move(store);
  }
  static void put(Store& store, std::string_view name, std::string_view content) {
    const kernel::Fd fd = memory_file(content);
    const auto stored = store.put(key(name), fd.get());
    ASSERT_TRUE(stored) << stored.error().what;
    EXPECT_EQ(read_back(*stored), content.substr(0, 4096));
  }
  static std::string get(Store& store, std::string_view name) {
    const auto found = store.find(key(name));
    return found ? read_back(*found) : "(none)";
  }
  [[nodiscard]] fs::path file_of(std::string_view name) const {
    for (const auto& item : fs::directory_iterator(directory_)) {
      if (item.path().filename().string().starts_with(to_hex(key(name)))) return item.path();
    }
    return {};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator{}));
  }

  fs::path directory_;
};

TEST_F(StoreTest, FindsAStoredArtifact) {
  Store store = open();
  EXPECT_EQ(get(store, "a"), "(none)");
  put(store, "a", "program");
  EXPECT_EQ(get(store, "a"), "program");
  EXPECT_EQ(store.counters().hits, 1U);
  EXPECT_EQ(store.counters().misses, 1U);
  EXPECT_EQ(store.counters().stored, Bytes{7});
}

TEST_F(StoreTest, ReturnsReadOnlyDescriptors) {
  Store store = open();
  put(store, "a", "program");
  const auto found = store.find(key("a"));
  ASSERT_TRUE(found);
  EXPECT_EQ(::pwrite((*found)->get(), "x", 1, 0), -1);
  EXPECT_NE(::fcntl((*found)->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(StoreTest, FindsAnArtifactAfterARestart) {
  {
    Store store = open();
    put(store, "a", "program");
  }
  Store store = open();
  EXPECT_EQ(store.counters().stored, Bytes{7});
  EXPECT_EQ(get(store, "a"), "program");
}

TEST_F(StoreTest, DeletesAFileWithAFlippedBit) {
  {
    Store store = open();
    put(store, "a", "program");
  }
  std::fstream{file_of("a"), std::ios::in | std::ios::out | std::ios::binary} << 'q';
  Store store = open();
  EXPECT_EQ(get(store, "a"), "(none)");
  EXPECT_EQ(store.counters().broken, 1U);
  EXPECT_EQ(store.counters().stored, Bytes{0});
  EXPECT_EQ(files(), 0U);
  put(store, "a", "program");
  EXPECT_EQ(get(store, "a"), "program");
}

TEST_F(StoreTest, DeletesATruncatedFile) {
  {
    Store store = open();
    put(store, "a", "program");
  }
  fs::resize_file(file_of("a"), 3);
  Store store = open();
  EXPECT_EQ(get(store, "a"), "(none)");
  EXPECT_EQ(store.counters().broken, 1U);
}

TEST_F(StoreTest, CountsAMissingFileAsBroken) {
  Store first = open();
  put(first, "a", "program");
  { const Store gone = std::move(first); }
  Store store = open();
  fs::remove(file_of("a"));
  EXPECT_EQ(get(store, "a"), "(none)");
  EXPECT_EQ(store.counters().broken, 1U);
}

TEST_F(StoreTest, EvictsTheLeastRecentlyUsedFirst) {
  Store store = open(Bytes{30});
  put(store, "a", "0123456789");
  put(store, "b", "0123456789");
  put(store, "c", "0123456789");
  EXPECT_EQ(get(store, "a"), "0123456789");
  put(store, "d", "0123456789");
  EXPECT_EQ(get(store, "b"), "(none)");
  EXPECT_EQ(get(store, "a"), "0123456789");
  EXPECT_EQ(get(store, "c"), "0123456789");
  EXPECT_EQ(store.counters().evicted, 1U);
  EXPECT_EQ(files(), 3U);
}

TEST_F(StoreTest, KeepsTheOrderOfUseAfterARestart) {
  {
    Store store = open();
    put(store, "a", "0123456789");
    put(store, "b", "0123456789");
  }
  const auto set_age = [this](std::string_view name, int hours) {
    fs::last_write_time(file_of(name),
                        fs::file_time_type::clock::now() - std::chrono::hours{hours});
  };
  set_age("a", 1);
  set_age("b", 2);
  Store store = open(Bytes{20});
  put(store, "c", "0123456789");
  EXPECT_EQ(get(store, "b"), "(none)");
  EXPECT_EQ(get(store, "a"), "0123456789");
}

TEST_F(StoreTest, ShrinksToASmallerCapacityAtStart) {
  {
    Store store = open();
    put(store, "a", "0123456789");
    put(store, "b", "0123456789");
  }
  const Store store = open(Bytes{15});
  EXPECT_EQ(store.counters().stored, Bytes{10});
  EXPECT_EQ(store.counters().evicted, 1U);
}

TEST_F(StoreTest, RefusesAnArtifactAboveItsCapacityWithoutEvicting) {
  Store store = open(Bytes{10});
  put(store, "a", "0123456789");
  const kernel::Fd fd = memory_file("0123456789x");
  const auto stored = store.put(key("b"), fd.get());
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, std::errc::file_too_large);
  EXPECT_EQ(get(store, "a"), "0123456789");
  EXPECT_EQ(files(), 1U);
}

TEST_F(StoreTest, ReplacesAnArtifactOfTheSameKey) {
  Store store = open();
  put(store, "a", "first");
  put(store, "a", "first");
  put(store, "a", "second");
  EXPECT_EQ(get(store, "a"), "second");
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(store.counters().stored, Bytes{6});
}

TEST_F(StoreTest, KeepsAnEvictedArtifactReadableWhileItIsOpen) {
  Store store = open(Bytes{10});
  put(store, "a", "0123456789");
  const auto held = store.find(key("a"));
  put(store, "b", "9876543210");
  ASSERT_TRUE(held);
  EXPECT_EQ(get(store, "a"), "(none)");
  EXPECT_EQ(read_back(*held), "0123456789");
}

TEST_F(StoreTest, IgnoresForeignFilesAndRemovesTemporaryFiles) {
  std::ofstream{directory_ / "notes.txt"} << "mine";
  std::ofstream{directory_ / "incoming-7"} << "half";
  fs::create_directory(directory_ / (to_hex(key("x")) + "-" + to_hex(key("y")) + ".artifact"));
  const Store store = open();
  EXPECT_TRUE(fs::exists(directory_ / "notes.txt"));
  EXPECT_FALSE(fs::exists(directory_ / "incoming-7"));
  EXPECT_EQ(store.counters().stored, Bytes{0});
  EXPECT_EQ(files(), 2U);
}

TEST_F(StoreTest, KeepsABoundedNumberOfDescriptorsOpen) {
  const auto open_descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator{});
  };
  Store store = open();
  const auto before = open_descriptors();
  for (int i = 0; i < 200; ++i) put(store, std::to_string(i), "program " + std::to_string(i));
  EXPECT_LE(open_descriptors() - before, 64);
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(get(store, std::to_string(i)), "program " + std::to_string(i));
  }
  EXPECT_LE(open_descriptors() - before, 64);
}

TEST_F(StoreTest, StoresTheBytesBehindTheContent) {
  Store store = open();
  ASSERT_TRUE(store.put(key("a"), memory_file("program").get(), " and report"));
  EXPECT_EQ(get(store, "a"), "program and report");
  EXPECT_EQ(store.counters().stored, Bytes{18});
}

class SharedStoreTest : public StoreTest {
 protected:
  [[nodiscard]] Store share(Bytes capacity = mebibytes(1)) const {
    auto store = Store::open(directory_, capacity, Sharing::Shared);
    EXPECT_TRUE(store) << store.error().what;
    return *std::move(store);
  }
};

TEST_F(SharedStoreTest, IsOpenedBySeveralAndFindsWhatAnotherStored) {
  Store one = share();
  Store other = share();
  put(one, "a", "program");
  put(other, "b", "another");
  put(other, "a", "program");  // Both compiled it.
  EXPECT_EQ(get(one, "a"), "program");
  Store third = share();
  EXPECT_EQ(get(third, "a"), "program");
  EXPECT_EQ(get(third, "b"), "another");
}

TEST_F(SharedStoreTest, TakesAnArtifactThatAnotherEvictedForAMiss) {
  put(*std::make_unique<Store>(share()), "a", "0123456789");
  Store one = share();
  Store other = share(Bytes{12});
  put(other, "b", "9876543210");
  EXPECT_EQ(get(one, "a"), "(none)");
  EXPECT_EQ(one.counters().broken, 0U);
  put(one, "a", "0123456789");
}

TEST_F(SharedStoreTest, LeavesTheFilesThatAnotherIsWriting) {
  const kernel::Fd writing{
      ::open((directory_ / "incoming-7").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  ASSERT_EQ(::flock(writing.get(), LOCK_EX), 0);
  std::ofstream{directory_ / "incoming-8"} << "its writer was killed";
  const Store store = share();
  EXPECT_TRUE(fs::exists(directory_ / "incoming-7"));
  EXPECT_FALSE(fs::exists(directory_ / "incoming-8"));
}

TEST_F(SharedStoreTest, IsRefusedWhileOneHasItAlone) {
  const Store store = open();
  const auto second = Store::open(directory_, mebibytes(1), Sharing::Shared);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::device_or_resource_busy);
}

TEST_F(StoreTest, RefusesASecondOwner) {
  const Store store = open();
  const auto second = Store::open(directory_, mebibytes(1));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, std::errc::device_or_resource_busy);
}

TEST_F(StoreTest, ReportsTheDirectoryThatItCannotMake) {
  const auto store = Store::open(directory_ / "no" / "where", mebibytes(1));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, std::errc::no_such_file_or_directory);
  EXPECT_THAT(store.error().what, testing::HasSubstr("no/where"));
}

TEST_F(StoreTest, SurvivesAFullDisk) {
  const fs::path small = directory_ / "small";
  fs::create_directory(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") < 0) {
    GTEST_SKIP() << "needs the right to mount a tmpfs: " << last_error().message();
  }
  {
    auto store = Store::open(small, mebibytes(1));
    ASSERT_TRUE(store);
    put(*store, "a", "program");
    const kernel::Fd large = memory_file(std::string(128UL * 1024, 'x'));
    const auto stored = store->put(key("b"), large.get());
    EXPECT_EQ(stored ? std::error_code{} : stored.error().code, std::errc::no_space_on_device);
    EXPECT_EQ(get(*store, "a"), "program");
    put(*store, "c", "after the failure there is space again");
  }
  ::umount2(small.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace evalx::artifact
