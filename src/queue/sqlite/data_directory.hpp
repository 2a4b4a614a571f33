#pragma once
// DataDirectory: the folder one evalx owns, and the reserve of disk space it keeps there.

#include <filesystem>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace evalx::queue::sqlite {

/// Owns the directory by flock(2) on its file `lock`; the kernel gives it back when we die.
class DataDirectory {
 public:
  /// Made if missing. Errors: EBUSY if another process owns it, errno's if it can't be written.
  static Result<DataDirectory> own(const std::filesystem::path& path);
  /// Whether a process does; also true if that cannot be told. Looks by a shared lock that lasts no
  /// longer than the call.
  static bool is_owned(const std::filesystem::path& path);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  [[nodiscard]] std::filesystem::path database() const { return path_ / kDatabase; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Makes the names of new files durable.
  Result<> sync() const;

  /// Sets the reserve aside; ENOSPC while it would leave less than itself free.
  Result<> keep_reserve() const;
  /// Gives the reserve's space to whoever writes next.
  void give_up_reserve() const noexcept;

  static constexpr const char* kDatabase = "queue.db";
  static constexpr Bytes kReserve = mebibytes(4);

 private:
  DataDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  [[nodiscard]] std::filesystem::path reserve() const { return path_ / "reserve"; }

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace evalx::queue::sqlite
