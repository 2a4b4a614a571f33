#pragma once
// Tally: the number of accepted jobs in a file of its own, so that a loss of the database's log is
// found.

#include <cstdint>
#include <filesystem>

namespace evalx::queue::sqlite {

/// Not synced: after a power cut the file may have an older number, and a loss may stay unknown. A
/// file that cannot be read counts as 0; one that cannot be written is reported in the log, once.
class Tally {
 public:
  explicit Tally(const std::filesystem::path& file);
  Tally(Tally&& other) noexcept;
  Tally& operator=(Tally&&) = delete;
  ~Tally();

  /// The number that was in the file when it was opened.
  [[nodiscard]] std::uint64_t found() const { return found_; }
  /// Call it after the commit of the jobs.
  void write(std::uint64_t accepted);

  static constexpr const char* kFile = "accepted";

 private:
  int file_ = -1;
  std::uint64_t found_ = 0;
  bool has_failed_ = false;
};

}  // namespace evalx::queue::sqlite
