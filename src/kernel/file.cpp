#include "kernel/file.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

constexpr std::size_t kPieceBytes = 128UL * 1024;

}  // namespace

Result<Fd> open_at(int dir, const char* name, int flags, unsigned mode) {
  Fd fd{::openat(dir, name, flags | O_CLOEXEC, mode)};
  if (!fd) return fail(last_error(), "open", name);
  return fd;
}

Result<std::string> read_file(int dir, const char* name, std::size_t max_bytes) {
  EVALX_TRY(const Fd fd, open_at(dir, name, O_RDONLY));
  std::string text;
  std::array<char, 16384> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
  while (text.size() < max_bytes) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(last_error(), "read", name);
    if (got == 0) break;
    text.append(chunk.data(), std::min(static_cast<std::size_t>(got), max_bytes - text.size()));
  }
  return text;
}

Result<> write_file(int dir, const char* name, std::string_view value) {
  EVALX_TRY(const Fd fd, open_at(dir, name, O_WRONLY));
  if (::write(fd.get(), value.data(), value.size()) < 0) return fail(last_error(), "write", name);
  return {};
}

Result<> read_at(int fd, std::uint64_t offset, std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(last_error(), "pread");
    if (got == 0)
      return fail(std::make_error_code(std::errc::bad_message), "read: the file ends early");
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<std::uint64_t> for_each_piece(int fd,
                                     const std::function<Result<>(std::string_view)>& take) {
  std::vector<char> buffer(kPieceBytes);
  std::uint64_t offset = 0;
  for (;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(last_error(), "pread");
    if (got == 0) return offset;
    offset += static_cast<std::uint64_t>(got);
    EVALX_TRY_VOID(take(std::string_view{buffer.data(), static_cast<std::size_t>(got)}));
  }
}

void close_all_but(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned next = 3;
  for (const int fd : kept) {
    if (fd < static_cast<int>(next)) continue;  // One of 0, 1, 2, or listed twice, or -1.
    if (static_cast<unsigned>(fd) > next)
      raw_syscall(SYS_close_range, next, static_cast<unsigned>(fd) - 1, 0);
    next = static_cast<unsigned>(fd) + 1;
  }
  raw_syscall(SYS_close_range, next, ~0U, 0);
}

Result<std::string> read_again(const Fd& file) {
  std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
  const ssize_t got = ::pread(file.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return fail(last_error(), "read a control file");
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}

Result<std::uint64_t> parse_number(std::string_view text, std::string_view key) {
  const auto bad = std::make_error_code(std::errc::bad_message);
  const auto at = key.empty() ? 0 : text.find(key);
  if (at == std::string_view::npos) return fail(bad, "parse", key);
  const std::string_view number = text.substr(at + key.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc{}) return fail(bad, "parse", key);
  return value;
}

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(last_error(), "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> copy_bytes(int in, std::uint64_t offset, int out, std::uint64_t count) {
  auto position = static_cast<off_t>(offset);
  while (count > 0) {
    const ssize_t copied = ::sendfile(out, in, &position, count);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return fail(last_error(), "sendfile");
    if (copied == 0) return fail(std::make_error_code(std::errc::io_error), "sendfile: file ended");
    count -= static_cast<std::uint64_t>(copied);
  }
  return {};
}

}  // namespace evalx::kernel
