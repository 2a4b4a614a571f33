#include "sandbox/transfer.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "kernel/raw_syscall.hpp"
#include "sandbox/pack.hpp"

namespace evalx::sandbox {
namespace {

using kernel::Fd;

constexpr unsigned kMaxDepth = 32;

constexpr std::uint64_t kPage = 4096;
/// A pack up to a small size fits into what a box has anyway; above it gets room in steps.
constexpr std::uint64_t kSmallBytes = mebibytes(4).count;
constexpr std::uint64_t kStepBytes = mebibytes(64).count;
constexpr std::uint64_t kSmallInodes = 512;
constexpr std::uint64_t kStepInodes = 16'384;

std::uint64_t in_steps(std::uint64_t value, std::uint64_t small, std::uint64_t step) {
  return value <= small ? 0 : (value + step - 1) / step * step;
}

/// Opens a path that a program may have made. Follows no link and never leaves `dir`.
Result<Fd> open_beneath(int dir, const char* path, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const long fd = kernel::raw_syscall(SYS_openat2, dir, path, &how, sizeof how);
  if (fd < 0) return fail(code_of(fd), "open", path);
  return Fd{static_cast<int>(fd)};
}

struct Found {
  std::vector<PackEntry> entries;
  std::uint64_t bytes = 0;
};

Result<> collect_file(const struct stat& status, std::string path, Bytes most, Found& found) {
  if (path.size() > kMaxPackedPathBytes)
    return fail(std::make_error_code(std::errc::filename_too_long), "take a file: its path");
  found.bytes += static_cast<std::uint64_t>(status.st_size);
  if (found.bytes > most.count || found.entries.size() >= kMaxPackedFiles)
    return fail(std::make_error_code(std::errc::file_too_large), "take the files: too much");
  found.entries.push_back({std::move(path), (status.st_mode & S_IXUSR) != 0, 0,
                           static_cast<std::uint64_t>(status.st_size)});
  return {};
}

Result<std::vector<std::string>> names_in(const Fd& directory) {
  EVALX_TRY(Fd listing, open_beneath(directory.get(), ".", O_RDONLY | O_DIRECTORY));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(listing.get()), &::closedir};
  if (!stream) return fail(last_error(), "read a directory");
  static_cast<void>(listing.release());  // It belongs to the stream now.
  std::vector<std::string> names;
  while (true) {
    errno = 0;  // The only way to distinguish the end from a failure (readdir(3)).
    const dirent* entry = ::readdir(stream.get());
    if (!entry && errno != 0) return fail(last_error(), "read a directory");
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());  // The same program gives the same pack.
  return names;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMaxDepth
Result<> collect(const Fd& directory, const std::string& prefix, unsigned depth, Bytes most,
                 Found& found) {
  if (depth > kMaxDepth)
    return fail(std::make_error_code(std::errc::filename_too_long), "take the files: too deep");
  EVALX_TRY(const std::vector<std::string> names, names_in(directory));
  for (const std::string& name : names) {
    struct stat status {};
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0)
      return fail(last_error(), "take a file: stat");
    std::string path = prefix.empty() ? name : prefix + "/" + name;
    // Links, sockets and devices are not taken.
    if (S_ISDIR(status.st_mode)) {
      EVALX_TRY(const Fd below,
                open_beneath(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
      EVALX_TRY_VOID(collect(below, path, depth + 1, most, found));
    } else if (S_ISREG(status.st_mode)) {
      EVALX_TRY_VOID(collect_file(status, std::move(path), most, found));
    }
  }
  return {};
}

constexpr mode_t kFolderMode = 0755;

mode_t mode_of(const PackEntry& entry) {
  return entry.executable ? 0555 : 0444;
}

Result<> place_file(int box, int pack, const PackEntry& entry) {
  for (auto slash = entry.path.find('/'); slash != std::string::npos;
       slash = entry.path.find('/', slash + 1)) {
    if (::mkdirat(box, entry.path.substr(0, slash).c_str(), kFolderMode) < 0 && errno != EEXIST)
      return fail(last_error(), "mkdir for", entry.path);
  }
  EVALX_TRY(const Fd file,
            kernel::open_at(box, entry.path.c_str(), O_CREAT | O_EXCL | O_WRONLY, mode_of(entry)));
  return kernel::copy_bytes(pack, entry.offset, file.get(), entry.size);
}

}  // namespace

Result<BoxSize> with_room_for(BoxSize asked, int pack) {
  EVALX_TRY(const std::vector<PackEntry> entries, pack_entries(pack));
  std::uint64_t bytes = 0, inodes = 0;
  for (const PackEntry& entry : entries) {
    bytes += (entry.size + kPage - 1) / kPage * kPage;
    // Its directories, too, as if it shared none of them with another file.
    inodes += 1 + static_cast<std::uint64_t>(std::count(entry.path.begin(), entry.path.end(), '/'));
  }
  asked.bytes.count += in_steps(bytes, kSmallBytes, kStepBytes);
  asked.inodes += static_cast<unsigned>(in_steps(inodes, kSmallInodes, kStepInodes));
  return asked;
}

Result<> place_files(int pack, int directory) {
  EVALX_TRY(const std::vector<PackEntry> entries, pack_entries(pack));
  for (const PackEntry& entry : entries) EVALX_TRY_VOID(place_file(directory, pack, entry));
  return {};
}

Result<> restore_modes(int pack, int directory) {
  EVALX_TRY(const std::vector<PackEntry> entries, pack_entries(pack));
  for (const PackEntry& entry : entries) {
    bool changed = ::fchmodat(directory, entry.path.c_str(), mode_of(entry), 0) == 0;
    for (auto slash = entry.path.find('/'); changed && slash != std::string::npos;
         slash = entry.path.find('/', slash + 1))
      changed = ::fchmodat(directory, entry.path.substr(0, slash).c_str(), kFolderMode, 0) == 0;
    if (!changed) return fail(last_error(), "chmod in the box", entry.path);
  }
  return {};
}

Result<Fd> take_files(int directory, const char* name, Bytes most) {
  EVALX_TRY(const Fd top, open_beneath(directory, name, O_RDONLY | O_DIRECTORY));
  Found found;
  EVALX_TRY_VOID(collect(top, "", 0, most, found));
  EVALX_TRY(Fd packed, kernel::make_memory_file("taken"));
  EVALX_TRY_VOID(kernel::write_all(packed.get(), pack_head(found.entries)));
  // Opened one by one: there may be more of them than this process may have open.
  for (const PackEntry& entry : found.entries) {
    EVALX_TRY(const Fd file, open_beneath(top.get(), entry.path.c_str(), O_RDONLY));
    EVALX_TRY_VOID(kernel::copy_bytes(file.get(), 0, packed.get(), entry.size));
  }
  EVALX_TRY_VOID(kernel::seal(packed));
  return packed;
}

}  // namespace evalx::sandbox
