#pragma once
// Capture: one output of a program, counted completely and kept up to the limit, in a supervisor.

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "kernel/fd.hpp"
#include "sandbox/output_pipe.hpp"

namespace evalx::sandbox::native {

/// Reads a pipe without blocking. Output that fits into a message stays in memory; as soon as it is
/// longer, all of it goes into a memfd.
class Capture {
 public:
  /// Makes the pipe. Errors: pipe2(2)'s.
  static Result<Capture> make(std::uint64_t most_bytes);

  [[nodiscard]] int read_end() const { return pipe_.read_end(); }
  [[nodiscard]] int write_end() const { return pipe_.write_end(); }

  /// Reads what the pipe holds now. Errors: memfd_create(2)'s and write(2)'s.
  Result<> pump();
  [[nodiscard]] bool over_limit() const { return pipe_.over_limit(); }

  [[nodiscard]] std::uint64_t total() const { return pipe_.total_bytes(); }
  std::string take_head() { return std::move(head_); }
  /// Set if the output is too long for a message; take_head() is empty then.
  kernel::Fd take_file() { return std::move(file_); }

 private:
  explicit Capture(OutputPipe pipe) : pipe_(std::move(pipe)) {}
  Result<> keep(std::string_view bytes);

  OutputPipe pipe_;
  kernel::Fd file_;
  std::string head_;
};

}  // namespace evalx::sandbox::native
