#pragma once
// Protection: memory that the kernel leaves to evalX's own processes when a group around them is
// full (memory.min of cgroup v2, Linux >= 4.18).

#include "base/bytes.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// Under MemoryHigh= or MemoryMax= of an enclosing group the kernel would take the code of evalX
/// itself, page by page, because a program's memory can't be taken without swap. Each page that is
/// needed again may then wait two seconds. These amounts hold what a process needs all the time;
/// they are no reservation, and they count only against the innermost enclosing limit.
inline constexpr Bytes kServerProtection = mebibytes(64);
inline constexpr Bytes kLauncherProtection = mebibytes(16);
inline constexpr Bytes kSupervisorProtection = mebibytes(8);

/// Protects the group at `path` below `directory`. Does nothing if the kernel has no memory.min, or
/// if the caller may not write it.
void protect_memory(int directory, const char* path, Bytes amount) noexcept;

/// A group protects at most what the groups around it protect: this adds up what is protected
/// inside of one. Not thread-safe.
class SumOfProtections {
 public:
  /// Opens the group's file with the rights of the caller; later changes need none.
  explicit SumOfProtections(int directory) noexcept;
  void add(Bytes amount) noexcept;
  void subtract(Bytes amount) noexcept;

 private:
  void write() const noexcept;

  Fd file_;
  Bytes sum_;
};

}  // namespace evalx::kernel
