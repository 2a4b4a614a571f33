#include "terminal/progress_bar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "kernel/file.hpp"

namespace evalx::terminal {
namespace {

constexpr Milliseconds kInterval{50};  ///< Faster changes cannot be seen, and a terminal is slow.
constexpr std::size_t kMaxBar = 40;

std::string bar(const Done& done, std::size_t width) {
  const std::size_t full = done.total == 0 ? 0 : done.done * width / done.total;
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

std::string progress_line(const Done& done, std::size_t columns, const Paint& paint) {
  if (!done.doing.empty()) return paint(Style::Dim, printable(done.doing + "…", columns));
  const std::string count =
      fmt::format("{:>{}}/{}", done.done, fmt::formatted_size("{}", done.total), done.total);
  std::string failed = done.failed == 0 ? "" : fmt::format("  {} failed", done.failed);
  // The last column stays free: some terminals wrap when it is written.
  const auto room = [&] {
    const std::size_t taken = display_width(count) + display_width(failed) + 2;
    return columns > taken ? std::min(kMaxBar, columns - taken) : 0;
  };
  if (room() == 0) failed.clear();
  return count + " " + bar(done, room()) + paint(Style::Bad, failed);
}

ProgressBar::ProgressBar(int fd, When when, const Clock& clock)
    : fd_(fd),
      clock_(clock),
      paint_(Paint::for_descriptor(fd)),
      is_on_(when == When::OnTerminal && is_terminal(fd)) {}

void ProgressBar::show(const Done& done) {
  if (!is_on_) return;
  const auto now = clock_.now();
  if (is_drawn_ && now - last_ < kInterval && done.done < done.total) return;
  last_ = now;
  is_drawn_ = true;
  const std::string line = "\r\x1b[K" + progress_line(done, columns_of(fd_), paint_);
  // If the terminal is gone, only the bar is lost.
  is_on_ = kernel::write_all(fd_, line).has_value();
}

void ProgressBar::clear() {
  if (!is_drawn_) return;
  is_drawn_ = false;
  is_on_ = is_on_ && kernel::write_all(fd_, "\r\x1b[K").has_value();
}

}  // namespace evalx::terminal
