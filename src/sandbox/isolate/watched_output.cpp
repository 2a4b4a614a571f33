#include "sandbox/isolate/watched_output.hpp"

namespace evalx::sandbox::isolate {

WatchedOutput::WatchedOutput(asio::io_context& loop, OutputPipe pipe)
    : pipe_(std::move(pipe)), descriptor_(loop.get_executor(), pipe_.read_end()) {}

Result<std::shared_ptr<WatchedOutput>> WatchedOutput::make(asio::io_context& loop, Bytes most) {
  EVALX_TRY(OutputPipe pipe, OutputPipe::make(most.count));
  return std::shared_ptr<WatchedOutput>{new WatchedOutput{loop, std::move(pipe)}};
}

WatchedOutput::~WatchedOutput() {
  // Released, so that it is not closed twice.
  if (descriptor_.is_open()) descriptor_.release();
}

void WatchedOutput::listen(std::function<void()> on_over) {
  on_over_ = std::move(on_over);
  wait();
}

void WatchedOutput::wait() {
  descriptor_.async_wait(Descriptor::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                           if (!error && self->descriptor_.is_open() && self->pump()) self->wait();
                         });
}

bool WatchedOutput::pump() {
  const auto more = pipe_.pump([this](std::string_view bytes) {
    head_ += bytes;
    return Result<>{};
  });
  if (over_limit() && on_over_) on_over_();
  return more && *more;
}

submission::Output WatchedOutput::finish() {
  on_over_ = nullptr;
  if (!over_limit()) pump();
  descriptor_.release();
  return {std::move(head_), pipe_.total_bytes()};
}

}  // namespace evalx::sandbox::isolate
