#pragma once
// Pack: several files in one descriptor, so that a program is one object on its way into a box, out
// of it, and to disk.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/program_file.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox {

// Layout, little-endian: "EVXPACK1", u32 count, u32 zero; then per file u32 mode (1: executable),
// u32 path bytes, u64 content bytes, and the path; then the contents in the same order. Bytes
// behind them in the file do not belong to the pack.

/// The position of one file in a pack.
struct PackEntry {
  std::string path;
  bool executable = false;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

inline constexpr unsigned kMaxPackedFiles = 8192;
inline constexpr unsigned kMaxPackedPathBytes = 1024;

/// Whether a path stays below its folder: relative, without empty parts, ".", ".." and NUL.
bool is_safe_path(std::string_view path) noexcept;

/// Writes the files into a sealed memfd (memfd_create(2), F_ADD_SEALS). Errors: EINVAL for an
/// unsafe path, E2BIG for too many files.
Result<kernel::Fd> pack(const std::vector<ProgramFile>& files);

/// The head of a pack. The caller writes the contents behind it, in the order of the entries. The
/// entries' `offset` is not used.
std::string pack_head(const std::vector<PackEntry>& entries);

/// Reads the head of a pack and checks it against the size of the file. Safe on hostile bytes.
/// Errors: EBADMSG if it is no pack.
Result<std::vector<PackEntry>> pack_entries(int fd);

}  // namespace evalx::sandbox
