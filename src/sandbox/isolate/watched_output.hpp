#pragma once
// WatchedOutput: one output of a program, read by the event loop as it comes.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <functional>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "sandbox/output_pipe.hpp"
#include "submission/report.hpp"

namespace evalx::sandbox::isolate {

/// While it listens, an operation of the loop owns it as well. Over the limit it stops listening: a
/// program that continues to write blocks until it is killed.
class WatchedOutput : public std::enable_shared_from_this<WatchedOutput> {
 public:
  /// Errors: pipe2(2)'s.
  static Result<std::shared_ptr<WatchedOutput>> make(asio::io_context& loop, Bytes most);
  WatchedOutput(const WatchedOutput&) = delete;
  WatchedOutput& operator=(const WatchedOutput&) = delete;
  ~WatchedOutput();

  /// For the program; to be closed here once the program has it.
  [[nodiscard]] int write_end() const { return pipe_.write_end(); }
  void close_write_end() { pipe_.close_write_end(); }

  /// Reads from now on. Calls `on_over` once if the output exceeds the limit.
  void listen(std::function<void()> on_over);
  /// Reads what the pipe still holds, and ends. To be called when the program is dead.
  submission::Output finish();
  [[nodiscard]] bool over_limit() const { return pipe_.over_limit(); }

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

  WatchedOutput(asio::io_context& loop, OutputPipe pipe);
  void wait();
  /// Returns whether more may come.
  bool pump();

  OutputPipe pipe_;
  Descriptor descriptor_;  ///< The pipe's read end, which belongs to `pipe_`.
  std::string head_;
  std::function<void()> on_over_;
};

}  // namespace evalx::sandbox::isolate
