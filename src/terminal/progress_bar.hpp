#pragma once
// ProgressBar: a bar that is redrawn in place on a terminal; silent anywhere else.

#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "terminal/terminal.hpp"

namespace evalx::terminal {

struct Done {
  std::size_t done = 0;
  std::size_t total = 0;
  std::size_t failed = 0;
  std::string doing;  ///< "compiling": shown instead of the bar if not empty.
};

/// One line without a newline. If it does not fit into `columns`, leaves out the failures, then the
/// bar.
std::string progress_line(const Done& done, std::size_t columns, const Paint& paint);

class ProgressBar {
 public:
  enum class When { OnTerminal, Never };

  /// Draws on `fd`. `clock` must outlive it.
  ProgressBar(int fd, When when, const Clock& clock);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  /// Draws the bar. Does nothing within 50 ms of the last drawing, unless everything is done.
  void show(const Done& done);
  /// Clears the line for other text.
  void clear();

 private:
  int fd_;
  const Clock& clock_;
  Paint paint_;
  bool is_on_;
  bool is_drawn_ = false;
  Clock::Instant last_{};
};

}  // namespace evalx::terminal
