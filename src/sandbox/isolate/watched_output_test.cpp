#include "sandbox/isolate/watched_output.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace evalx::sandbox::isolate {
namespace {

class IsolateOutput : public testing::Test {
 protected:
  void write(std::string_view text) {
    ASSERT_EQ(::write(output_->write_end(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }

  asio::io_context loop_{1};
  std::shared_ptr<WatchedOutput> output_ = WatchedOutput::make(loop_, Bytes{4}).value();
  unsigned over_ = 0;  ///< Calls of on_over.
};

TEST_F(IsolateOutput, IsKeptUpToTheLimitAndCountedCompletely) {
  output_->listen([this] { ++over_; });
  write("abcd");
  loop_.poll();
  EXPECT_EQ(over_, 0U);
  write("efg");
  loop_.poll();
  EXPECT_EQ(over_, 1U);
  const submission::Output all = output_->finish();
  EXPECT_EQ(all.head, "abcd");
  EXPECT_EQ(all.total_bytes, 7U);
}

TEST_F(IsolateOutput, ContainsTheLastBytesOfADeadProgram) {
  output_->listen([this] { ++over_; });
  write("late");
  output_->close_write_end();
  EXPECT_EQ(output_->finish().head, "late");
  loop_.poll();  // The wait was cancelled.
  EXPECT_EQ(over_, 0U);
}

TEST_F(IsolateOutput, MayBeLeftToALoopThatEnds) {
  output_->listen([this] { ++over_; });
  loop_.poll();
  output_.reset();
}

}  // namespace
}  // namespace evalx::sandbox::isolate
