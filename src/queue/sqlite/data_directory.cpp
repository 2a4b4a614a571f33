#include "queue/sqlite/data_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <string>
#include <utility>

namespace evalx::queue::sqlite {
namespace {

constexpr int kTriesMax = 1000;
constexpr int kFilesMax = 1000;  ///< The folder has five.
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};

/// Waits while other processes only look whether the folder is owned. False, with errno: it is
/// owned (EWOULDBLOCK), or cannot be locked.
bool lock_alone(int lock) {
  for (int tries = 1;; ++tries) {
    if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return true;
    // A look shares its lock; an owner does not.
    if (errno != EWOULDBLOCK || tries == kTriesMax) return false;
    if (::flock(lock, LOCK_SH | LOCK_NB) < 0) return false;
    ::flock(lock, LOCK_UN);
    ::nanosleep(&kPause, nullptr);  // There is no event for the end of a look.
  }
}

std::string owner_of(int lock) {
  std::array<char, 24> text{};
  const ssize_t length = ::pread(lock, text.data(), text.size(), 0);
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : "unknown";
}

Result<> write_owner(int lock) {
  const std::string text = std::to_string(::getpid());
  if (::ftruncate(lock, 0) < 0) return fail(last_error(), "truncate lock file");
  if (::pwrite(lock, text.data(), text.size(), 0) < 0) return fail(last_error(), "write lock file");
  return {};
}

/// Takes the rights of group and others away from the folder and its files: an earlier evalX made
/// them under the umask of its start. A file of another user keeps its mode.
void keep_from_others(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  std::error_code ignored;
  fs::permissions(folder, kOthers, fs::perm_options::remove, ignored);
  int seen = 0;
  for (fs::directory_iterator file{folder, ignored}, end;
       !ignored && file != end && seen < kFilesMax; file.increment(ignored), ++seen) {
    std::error_code unchanged;
    if (file->symlink_status(unchanged).type() == fs::file_type::regular)
      fs::permissions(file->path(), kOthers, fs::perm_options::remove, unchanged);
  }
}

}  // namespace

Result<DataDirectory> DataDirectory::own(const std::filesystem::path& path) {
  std::error_code made;
  std::filesystem::create_directories(path, made);
  if (made) return fail(made, "make data directory", path.string());
  keep_from_others(path);

  const std::filesystem::path file = path / "lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return fail(last_error(), "write in data directory", path.string());
  DataDirectory owned{path, lock};
  if (!lock_alone(lock)) {
    if (errno != EWOULDBLOCK) return fail(last_error(), "lock", file.string());
    return fail(std::make_error_code(std::errc::device_or_resource_busy),
                path.string() + " is in use by another evalx (pid " + owner_of(lock) + ")");
  }
  EVALX_TRY_VOID(write_owner(lock));
  return owned;
}

bool DataDirectory::is_owned(const std::filesystem::path& path) {
  const int lock = ::open((path / "lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return errno != ENOENT;
  const bool is_free = ::flock(lock, LOCK_SH | LOCK_NB) == 0;
  ::close(lock);
  return !is_free;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

Result<> DataDirectory::sync() const {
  const int directory = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return fail(last_error(), "open", path_.string());
  const int synced = ::fsync(directory);
  const std::error_code error = last_error();
  ::close(directory);
  if (synced < 0) return fail(error, "fsync", path_.string());
  return {};
}

Result<> DataDirectory::keep_reserve() const {
  struct stat present {};
  if (::stat(reserve().c_str(), &present) == 0 &&
      present.st_size == static_cast<off_t>(kReserve.count)) {
    return {};
  }
  struct statvfs space {};
  if (::statvfs(path_.c_str(), &space) < 0) return fail(last_error(), "statvfs", path_.string());
  // Twice its size: if no space stays free, the next write would need the reserve again.
  if (Bytes{space.f_bavail * space.f_frsize} < kReserve + kReserve) {
    return fail(std::make_error_code(std::errc::no_space_on_device), "keep reserve");
  }
  const int file = ::open(reserve().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail(last_error(), "open", reserve().string());
  const int error = ::posix_fallocate(file, 0, static_cast<off_t>(kReserve.count));
  ::close(file);
  if (error == 0) return {};
  give_up_reserve();
  return fail({error, std::system_category()}, "keep reserve");
}

void DataDirectory::give_up_reserve() const noexcept {
  ::unlink(reserve().c_str());
}

}  // namespace evalx::queue::sqlite
