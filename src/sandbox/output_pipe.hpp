#pragma once
// OutputPipe: the pipe behind a program's stdout or stderr, read without blocking, up to a limit.

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox {

class OutputPipe {
 public:
  /// `most_bytes`: the output limit. Errors: pipe2(2)'s.
  static Result<OutputPipe> make(std::uint64_t most_bytes);

  [[nodiscard]] int read_end() const { return read_.get(); }
  /// The program's end. Writing blocks while the pipe is full.
  [[nodiscard]] int write_end() const { return write_.get(); }
  void close_write_end() { write_ = {}; }

  /// Reads what the pipe holds now, at most 1 MiB, and passes the bytes within the limit to `keep`.
  /// Returns true if more may come: false at the end of the file, or when the output is over the
  /// limit. After that the pipe is not read any more, so a program that continues to write blocks
  /// until it is killed. Errors: those of `keep`.
  Result<bool> pump(const std::function<Result<>(std::string_view)>& keep);

  /// All bytes that were read, also those that were not kept.
  [[nodiscard]] std::uint64_t total_bytes() const { return total_; }
  [[nodiscard]] bool over_limit() const { return total_ > most_; }

 private:
  OutputPipe(kernel::Fd read, kernel::Fd write, std::uint64_t most)
      : read_(std::move(read)), write_(std::move(write)), most_(most) {}

  kernel::Fd read_, write_;
  std::uint64_t most_;
  std::uint64_t total_ = 0;
};

}  // namespace evalx::sandbox
