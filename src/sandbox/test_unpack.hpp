#pragma once
// TestUnpack: reads the files of a pack back, for tests.

#include <span>
#include <vector>

#include "kernel/file.hpp"
#include "sandbox/pack.hpp"

namespace evalx::sandbox {

/// Errors: EBADMSG if it is no pack.
inline Result<std::vector<ProgramFile>> unpack(int fd) {
  EVALX_TRY(const std::vector<PackEntry> entries, pack_entries(fd));
  std::vector<ProgramFile> files;
  for (const PackEntry& entry : entries) {
    ProgramFile file{entry.path, std::string(entry.size, '\0'), entry.executable};
    EVALX_TRY_VOID(
        kernel::read_at(fd, entry.offset, std::as_writable_bytes(std::span{file.content})));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace evalx::sandbox
