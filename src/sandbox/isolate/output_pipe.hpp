#pragma once
// OutputPipe: what a program writes to one of its outputs, read as it comes, kept up to a bound.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "kernel/fd.hpp"
#include "submission/report.hpp"

namespace evalx::sandbox::isolate {

/// Shared with the loop while it listens. At the bound it listens no more: whoever writes on is
/// blocked until he is killed.
class OutputPipe : public std::enable_shared_from_this<OutputPipe> {
 public:
  /// Errors: pipe2(2)'s.
  static Result<std::shared_ptr<OutputPipe>> make(asio::io_context& loop, Bytes most);

  /// For the program; to be closed here once the program has it.
  [[nodiscard]] int write_end() const { return write_.get(); }
  void close_write_end() { write_ = {}; }

  /// Reads from now on. `on_over` is called once if more than the bound comes.
  void listen(std::function<void()> on_over);
  /// Reads what is still there, and ends. To be called when the program is dead.
  submission::Output finish();
  [[nodiscard]] bool over_limit() const { return output_.total_bytes > most_; }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

  OutputPipe(asio::io_context& loop, kernel::Fd read, kernel::Fd write, Bytes most);
  void wait();
  /// Whether more may come.
  bool pump();

  Descriptor read_;
  kernel::Fd write_;
  std::uint64_t most_;
  submission::Output output_;
  std::function<void()> on_over_;
};

}  // namespace evalx::sandbox::isolate
