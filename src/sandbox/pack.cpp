#include "sandbox/pack.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <span>

#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"

namespace evalx::sandbox {
namespace {

constexpr std::string_view kMagic = "EVXPACK1";

struct Head {
  char magic[8];
  std::uint32_t count;
  std::uint32_t zero;
};
struct EntryHead {
  std::uint32_t executable;
  std::uint32_t path_bytes;
  std::uint64_t content_bytes;
};

template <class T>
void append(std::string& text, const T& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT: a plain struct
}

template <class T>
Result<T> read_struct(int fd, std::uint64_t& offset) {
  T value{};
  EVALX_TRY_VOID(kernel::read_at(fd, offset, std::as_writable_bytes(std::span{&value, 1})));
  offset += sizeof value;
  return value;
}

auto not_a_pack(std::string_view why) {
  return fail(std::make_error_code(std::errc::bad_message), "read the pack:", why);
}

}  // namespace

bool is_safe_path(std::string_view path) noexcept {
  if (path.empty() || path.size() > kMaxPackedPathBytes) return false;
  if (path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

std::string pack_head(const std::vector<PackEntry>& entries) {
  std::string text;
  Head head{};
  std::memcpy(head.magic, kMagic.data(), kMagic.size());
  head.count = static_cast<std::uint32_t>(entries.size());
  append(text, head);
  for (const PackEntry& entry : entries) {
    append(text, EntryHead{entry.executable ? 1U : 0U,
                           static_cast<std::uint32_t>(entry.path.size()), entry.size});
    text += entry.path;
  }
  return text;
}

Result<kernel::Fd> pack(const std::vector<ProgramFile>& files) {
  if (files.size() > kMaxPackedFiles)
    return fail(std::make_error_code(std::errc::argument_list_too_long), "pack: too many files");
  std::vector<PackEntry> entries;
  for (const ProgramFile& file : files) {
    if (!is_safe_path(file.path))
      return fail(std::make_error_code(std::errc::invalid_argument), "pack: unsafe path",
                  file.path);
    entries.push_back({file.path, file.executable, 0, file.content.size()});
  }
  EVALX_TRY(kernel::Fd memory, kernel::make_memory_file("pack"));
  EVALX_TRY_VOID(kernel::write_all(memory.get(), pack_head(entries)));
  for (const ProgramFile& file : files)
    EVALX_TRY_VOID(kernel::write_all(memory.get(), file.content));
  EVALX_TRY_VOID(kernel::seal(memory));
  return memory;
}

Result<std::vector<PackEntry>> pack_entries(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) < 0) return fail(last_error(), "fstat the pack");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t at = 0;
  EVALX_TRY(const Head head, read_struct<Head>(fd, at));
  if (std::string_view{head.magic, sizeof head.magic} != kMagic) return not_a_pack("no pack");
  if (head.zero != 0) return not_a_pack("another version");
  if (head.count > kMaxPackedFiles) return not_a_pack("too many files");
  std::vector<PackEntry> entries;
  std::uint64_t contents = 0;
  for (std::uint32_t i = 0; i < head.count; ++i) {
    EVALX_TRY(const EntryHead entry, read_struct<EntryHead>(fd, at));
    if (entry.executable > 1) return not_a_pack("an unknown mode");
    if (entry.path_bytes > kMaxPackedPathBytes) return not_a_pack("a path is too long");
    std::string path(entry.path_bytes, '\0');
    EVALX_TRY_VOID(kernel::read_at(fd, at, std::as_writable_bytes(std::span{path})));
    at += entry.path_bytes;
    if (!is_safe_path(path)) return not_a_pack("an unsafe path");
    if (entry.content_bytes > size - contents) return not_a_pack("it ends early");
    entries.push_back({std::move(path), entry.executable != 0, contents, entry.content_bytes});
    contents += entry.content_bytes;
  }
  if (at + contents > size) return not_a_pack("it ends early");
  for (PackEntry& entry : entries) entry.offset += at;
  return entries;
}

}  // namespace evalx::sandbox
