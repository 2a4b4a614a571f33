#pragma once
// Transfer: the files of a pack into a box's directory, and what a program made there into a pack.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox {

/// Places the files of a pack below an empty directory: owned by the caller, read-only. Errors: of
/// pack_entries(), and what the file system says.
Result<> place_files(int pack, int directory);

/// Packs all regular files below `name`, a path below `directory`, into a sealed file in memory.
/// Safe on what a hostile program made, if no process of it is left: paths are opened by
/// openat2(2), through no link and no mount; links, sockets and devices are left out. Errors: EFBIG
/// over `most` bytes or too many files, ENAMETOOLONG for paths longer than a pack takes, ELOOP if
/// `name` is a link, and whatever else keeps a file from being taken: none is left out for that.
Result<kernel::Fd> take_files(int directory, const char* name, Bytes most);

}  // namespace evalx::sandbox
