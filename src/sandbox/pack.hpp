#pragma once
// Pack: files in one descriptor, so that a program travels as one object: to a box, from it, to disk.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox {

struct PackedFile {
  std::string path;  ///< Relative; directories are made as needed.
  bool executable = false;
  std::string content;
};

/// Layout, little-endian: "EVXPACK1", u32 count, u32 zero; per file u32 mode, u32 path bytes,
/// u64 content bytes, the path, the content.
inline constexpr std::string_view kPackMagic = "EVXPACK1";
inline constexpr unsigned kMaxPackedFiles = 8192;

/// Writes the files into a sealed memfd (memfd_create(2), F_ADD_SEALS).
Result<kernel::Fd> pack(const std::vector<PackedFile>& files);

/// Reads a whole pack back. Errors: EBADMSG if it is not one, EFBIG over `max_bytes`.
Result<std::vector<PackedFile>> unpack(int fd, std::uint64_t max_bytes);

}  // namespace evalx::sandbox
