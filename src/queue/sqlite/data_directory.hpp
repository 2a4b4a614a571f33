#pragma once
// DataDirectory: a folder with one owner process, and a reserve of disk space in it.

#include <filesystem>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace evalx::queue::sqlite {

/// Owns the directory by flock(2) on its file `lock`; the kernel releases it when the process dies.
class DataDirectory {
 public:
  /// Owns the directory, and creates it if it is missing. Takes the rights of group and others away
  /// from it and its files. Errors: EBUSY if another process owns it,
  /// errno's if it can't be written. Waits for at most about a second while others call is_owned().
  static Result<DataDirectory> own(const std::filesystem::path& path);
  /// Whether a process owns it; true if that cannot be found out. Takes a shared lock for the time
  /// of the call; an own() waits for it.
  static bool is_owned(const std::filesystem::path& path);

  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

  [[nodiscard]] std::filesystem::path database() const { return path_ / kDatabase; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Makes the names of new files durable.
  Result<> sync() const;

  /// Allocates the reserve. Errors: ENOSPC if less space than kReserve would stay free beside it;
  /// errno's.
  Result<> keep_reserve() const;
  /// Frees the reserve's space for the next write.
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
