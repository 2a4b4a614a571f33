#pragma once
// Transfer: copies the files of a pack into a box, and the files that a program made into a pack.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox {

/// The size of a tmpfs.
struct BoxSize {
  Bytes bytes;
  unsigned inodes = 0;

  friend bool operator==(const BoxSize&, const BoxSize&) = default;
};
/// `asked`, for what programs write, with room for the files of a pack. Small packs need none, and
/// the room grows in large steps, so that the boxes of most packs are of one size. Errors: those of
/// pack_entries().
Result<BoxSize> with_room_for(BoxSize asked, int pack);

/// Writes the files of a pack below an empty directory, owned by the caller and read-only. Errors:
/// those of pack_entries() and of the file system.
Result<> place_files(int pack, int directory);

/// Gives what place_files() wrote, and the folders in it, its modes again: the umask of this
/// process may have taken rights away that the user of the program needs. Errors: chmod(2)'s.
Result<> restore_modes(int pack, int directory);

/// Packs all regular files below `name`, a path below `directory`, into a sealed file in memory.
/// Safe on files of a hostile program, if none of its processes is left: openat2(2) opens the paths
/// through no link and no mount; links, sockets and devices are left out. A regular file is never
/// left out: its error ends the call. Errors: EFBIG for more than `most` bytes or too many files,
/// ENAMETOOLONG for paths longer than a pack takes or more than 32 levels, ELOOP if `name` is a
/// link, and those of the system calls.
Result<kernel::Fd> take_files(int directory, const char* name, Bytes most);

}  // namespace evalx::sandbox
