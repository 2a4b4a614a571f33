#pragma once
// Small files of the kernel's own file systems, and whole files: read and written in one call each.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// openat(2) with O_CLOEXEC. The Error names `name`.
Result<Fd> open_at(int dir, const char* name, int flags, unsigned mode = 0);

/// Reads the file from its start, at most `max_bytes` of it. Errors: open(2)'s and read(2)'s.
Result<std::string> read_file(int dir, const char* name, std::size_t max_bytes = 1U << 20U);

/// Writes `value` in one write(2), as control files want it.
Result<> write_file(int dir, const char* name, std::string_view value);

/// Fills `into` from `offset` of the file. Errors: EBADMSG if it ends before; pread(2)'s.
Result<> read_at(int fd, std::uint64_t offset, std::span<std::byte> into);

/// Calls `take` with the content of `fd` piece by piece, from offset 0 to its end; the position of
/// `fd` does not move. Returns the number of bytes. Errors: pread(2)'s; the first one of `take`.
Result<std::uint64_t> for_each_piece(int fd, const std::function<Result<>(std::string_view)>& take);

/// Closes every descriptor above 2 that is not among `kept`.
void close_all_but(std::vector<int> kept);

/// pread(2) from offset 0 of an open control file: its present content, up to 4 KiB.
Result<std::string> read_again(const Fd& file);

/// The unsigned decimal number at the start of `text`, or after `key` in a flat-keyed file such as
/// cpu.stat. Errors: EBADMSG if there is none.
Result<std::uint64_t> parse_number(std::string_view text, std::string_view key = {});

/// Writes all of `bytes`, however many write(2)s it takes.
Result<> write_all(int fd, std::string_view bytes);

/// Copies `count` bytes from `in` at `offset` to the position of `out` without passing user space
/// (sendfile(2)). Errors: EIO if `in` ends early.
Result<> copy_bytes(int in, std::uint64_t offset, int out, std::uint64_t count);

}  // namespace evalx::kernel
