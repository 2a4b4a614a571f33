#include "terminal/progress_bar.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace evalx::terminal {
namespace {

const Paint kPlain = Paint::plain();

TEST(ProgressBar, ShowsCountBarAndFailures) {
  EXPECT_EQ(progress_line({5, 10, 0, ""}, 20, kPlain), " 5/10 ██████░░░░░░░");
  EXPECT_EQ(progress_line({10, 10, 2, ""}, 30, kPlain), "10/10 █████████████  2 failed");
}

TEST(ProgressBar, NeverFillsTheLastColumn) {
  for (std::size_t columns = 20; columns < 60; ++columns) {
    EXPECT_LT(display_width(progress_line({500, 1000, 17, ""}, columns, kPlain)), columns);
  }
}

TEST(ProgressBar, ShowsNoBarOnANarrowTerminal) {
  EXPECT_EQ(progress_line({1, 1000, 0, ""}, 5, kPlain), "   1/1000 ");
}

TEST(ProgressBar, ShowsAStepInsteadOfTheBar) {
  EXPECT_EQ(progress_line({0, 10, 0, "compiling"}, 80, kPlain), "compiling…");
}

TEST(ProgressBar, IsSilentWithoutATerminal) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const SystemClock clock;
  {
    ProgressBar progress{ends[0], ProgressBar::When::OnTerminal, clock};
    progress.show({1, 2, 0, ""});
  }
  char byte = 0;
  EXPECT_EQ(::recv(ends[1], &byte, 1, MSG_DONTWAIT), -1);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace evalx::terminal
