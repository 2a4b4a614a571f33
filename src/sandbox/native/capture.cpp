#include "sandbox/native/capture.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "kernel/file.hpp"
#include "sandbox/native/protocol.hpp"

namespace evalx::sandbox::native {
namespace {

/// Of one pump, so that a flood cannot keep us from looking at the clock.
constexpr int kMaxReads = 16;
/// The program has another uid, and may open /dev/stdout anew, which asks for the pipe's mode.
constexpr mode_t kAnybodyMayWrite = 0622;

}  // namespace

Result<Capture> Capture::make(std::uint64_t most_bytes) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return fail(last_error(), "pipe2");
  kernel::Fd read{ends[0]};
  kernel::Fd write{ends[1]};
  // Only our end: the program's must block when the pipe is full.
  if (::fcntl(read.get(), F_SETFL, O_NONBLOCK) < 0) return fail(last_error(), "O_NONBLOCK");
  if (::fchmod(write.get(), kAnybodyMayWrite) < 0) return fail(last_error(), "chmod a pipe");
  return Capture{std::move(read), std::move(write), most_bytes};
}

Result<> Capture::pump() {
  static std::array<char, 65536> chunk;  // One thread, one run at a time.
  for (int i = 0; i < kMaxReads && !over_limit(); ++i) {
    const ssize_t got = ::read(read_.get(), chunk.data(), chunk.size());
    if (got <= 0) return {};  // Nothing now, or no writer is left.
    total_ += static_cast<std::uint64_t>(got);
    const std::uint64_t room = most_ - kept_;
    EVALX_TRY_VOID(keep({chunk.data(), std::min(static_cast<std::size_t>(got), room)}));
    if (static_cast<std::size_t>(got) < chunk.size()) return {};
  }
  return {};
}

Result<> Capture::keep(std::string_view bytes) {
  kept_ += bytes.size();
  if (!file_ && head_.size() + bytes.size() <= kMaxInlineBytes) {
    head_ += bytes;
    return {};
  }
  if (!file_) {
    file_ = kernel::Fd{::memfd_create("output", MFD_CLOEXEC)};
    if (!file_) return fail(last_error(), "memfd_create");
    EVALX_TRY_VOID(kernel::write_all(file_.get(), head_));
    head_.clear();
  }
  return kernel::write_all(file_.get(), bytes);
}

}  // namespace evalx::sandbox::native
