#include "sandbox/isolate/output_pipe.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace evalx::sandbox::isolate {
namespace {

constexpr std::size_t kChunk = 65536;
/// Of one turn: a flood must not keep the loop from its other work.
constexpr int kMaxReads = 16;
/// The program has another uid, and may open /dev/stdout anew, which asks for the pipe's mode.
constexpr mode_t kAnybodyMayWrite = 0622;

}  // namespace

OutputPipe::OutputPipe(asio::io_context& loop, kernel::Fd read, kernel::Fd write, Bytes most)
    : read_(loop.get_executor(), read.release()), write_(std::move(write)), most_(most.count) {}

Result<std::shared_ptr<OutputPipe>> OutputPipe::make(asio::io_context& loop, Bytes most) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return fail(last_error(), "pipe2");
  kernel::Fd read{ends[0]};
  kernel::Fd write{ends[1]};
  // Only our end: the program's must block when the pipe is full.
  if (::fcntl(read.get(), F_SETFL, O_NONBLOCK) < 0) return fail(last_error(), "O_NONBLOCK");
  if (::fchmod(write.get(), kAnybodyMayWrite) < 0) return fail(last_error(), "chmod a pipe");
  return std::shared_ptr<OutputPipe>{new OutputPipe{loop, std::move(read), std::move(write), most}};
}

void OutputPipe::listen(std::function<void()> on_over) {
  on_over_ = std::move(on_over);
  wait();
}

void OutputPipe::wait() {
  read_.async_wait(Descriptor::wait_read,
                   [self = shared_from_this()](const boost::system::error_code& error) {
                     if (!error && self->read_.is_open() && self->pump()) self->wait();
                   });
}

bool OutputPipe::pump() {
  std::array<char, kChunk> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): read fills it
  for (int i = 0; i < kMaxReads; ++i) {
    const ssize_t got = ::read(read_.native_handle(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    output_.total_bytes += static_cast<std::uint64_t>(got);
    output_.head.append(chunk.data(),
                        std::min(static_cast<std::size_t>(got), most_ - output_.head.size()));
    if (over_limit()) {
      if (on_over_) on_over_();
      return false;
    }
  }
  return true;
}

submission::Output OutputPipe::finish() {
  on_over_ = nullptr;
  // One turn reads 1 MiB: as much as a program may make a pipe hold (pipe(7), pipe-max-size).
  if (!over_limit()) pump();
  boost::system::error_code ignored;
  read_.close(ignored);
  return std::move(output_);
}

}  // namespace evalx::sandbox::isolate
