#pragma once
// Capture: what a program writes to one of its outputs: counted whole, kept up to a bound.

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::sandbox::native {

/// Reads a pipe without blocking. What fits a message is kept in memory, more goes to a memfd.
class Capture {
 public:
  /// Makes the pipe. Errors: pipe2(2)'s.
  static Result<Capture> make(std::uint64_t most_bytes);

  [[nodiscard]] int read_end() const { return read_.get(); }
  [[nodiscard]] int write_end() const { return write_.get(); }

  /// Reads what is there now. Errors: memfd_create(2)'s and write(2)'s.
  Result<> pump();
  [[nodiscard]] bool over_limit() const { return total_ > most_; }

  [[nodiscard]] std::uint64_t total() const { return total_; }
  std::string take_head() { return std::move(head_); }
  /// Set if the output outgrew a message; then take_head() is empty.
  kernel::Fd take_file() { return std::move(file_); }

 private:
  Capture(kernel::Fd read, kernel::Fd write, std::uint64_t most)
      : read_(std::move(read)), write_(std::move(write)), most_(most) {}
  Result<> keep(std::string_view bytes);

  kernel::Fd read_, write_, file_;
  std::uint64_t most_;
  std::uint64_t kept_ = 0;
  std::uint64_t total_ = 0;
  std::string head_;
};

}  // namespace evalx::sandbox::native
