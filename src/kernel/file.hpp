#pragma once
// Files: opening, reading and writing whole files, and the control files of /proc and cgroups.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::kernel {

/// openat(2) with O_CLOEXEC. Errors: openat(2)'s, with `name`.
Result<Fd> open_at(int dir, const char* name, int flags, unsigned mode = 0);

/// Reads the file from its start, at most `max_bytes` bytes: a longer file is cut without an error,
/// so a caller that must notice it asks for one byte more. Errors: openat(2)'s and read(2)'s, with
/// `name`.
Result<std::string> read_file(int dir, const char* name, std::size_t max_bytes = 1U << 20U);

/// Writes `value` in one write(2), as control files need it. Errors: openat(2)'s and write(2)'s.
Result<> write_file(int dir, const char* name, std::string_view value);

/// Fills `into` with the file's bytes from `offset` on. Errors: pread(2)'s; EBADMSG if the file
/// ends before `into` is full.
Result<> read_at(int fd, std::uint64_t offset, std::span<std::byte> into);

/// Calls `take` with the content of `fd` piece by piece, from offset 0 to its end; the position of
/// `fd` does not move. Returns the number of bytes. Errors: pread(2)'s; the first one of `take`.
Result<std::uint64_t> for_each_piece(int fd, const std::function<Result<>(std::string_view)>& take);

/// Closes every descriptor above 2 that is not in `kept`.
void close_all_but(std::vector<int> kept);

/// Reads an open control file again from its start: its current content, at most 4 KiB.
Result<std::string> read_again(const Fd& file);

/// Returns the unsigned decimal number at the start of `text`, or the one after `key` in a text
/// such as cpu.stat ("user_usec 15"). Errors: EBADMSG if there is none.
Result<std::uint64_t> parse_number(std::string_view text, std::string_view key = {});

/// Writes all of `bytes`, with several calls of write(2) if needed. Errors: write(2)'s.
Result<> write_all(int fd, std::string_view bytes);

/// Copies `count` bytes from `offset` of `in` to the current position of `out`, inside the kernel
/// (sendfile(2)). Errors: sendfile(2)'s; EIO if `in` ends early.
Result<> copy_bytes(int in, std::uint64_t offset, int out, std::uint64_t count);

}  // namespace evalx::kernel
