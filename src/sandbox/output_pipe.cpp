#include "sandbox/output_pipe.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace evalx::sandbox {
namespace {

constexpr std::size_t kChunk = 65536;
/// In one pump, so that a flood cannot keep the caller from its other work. Together 1 MiB, which
/// is the most that a program may make a pipe hold (pipe(7), pipe-max-size).
constexpr int kMaxReads = 16;
/// The program has another uid, and may open /dev/stdout again, which checks the mode of the pipe.
constexpr mode_t kAnyUserMayWrite = 0622;

}  // namespace

Result<OutputPipe> OutputPipe::make(std::uint64_t most_bytes) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return fail(last_error(), "pipe2");
  kernel::Fd read{ends[0]};
  kernel::Fd write{ends[1]};
  // Only our end: the program's must block when the pipe is full.
  if (::fcntl(read.get(), F_SETFL, O_NONBLOCK) < 0) return fail(last_error(), "O_NONBLOCK");
  if (::fchmod(write.get(), kAnyUserMayWrite) < 0) return fail(last_error(), "chmod a pipe");
  return OutputPipe{std::move(read), std::move(write), most_bytes};
}

Result<bool> OutputPipe::pump(const std::function<Result<>(std::string_view)>& keep) {
  std::array<char, kChunk> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
  for (int i = 0; i < kMaxReads && !over_limit(); ++i) {
    const ssize_t got = ::read(read_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const auto size = static_cast<std::size_t>(got);
    const std::uint64_t room = most_ - total_;
    total_ += size;
    EVALX_TRY_VOID(keep({chunk.data(), std::min<std::uint64_t>(size, room)}));
    if (size < chunk.size()) break;  // The pipe is empty now.
  }
  return !over_limit();
}

}  // namespace evalx::sandbox
