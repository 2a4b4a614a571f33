#include "queue/figures.hpp"

#include <gtest/gtest.h>

namespace evalx::queue {
namespace {

using namespace std::chrono_literals;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant{1h}; }
  [[nodiscard]] WallInstant wall_now() const override { return {}; }
};

TEST(Figures, ShowTheAgeOfTheOldestQueuedJob) {
  const FixedClock clock;
  Figures figures{10, clock};
  EXPECT_EQ(figures.oldest_queued(), 0s);
  figures.set_oldest(clock.now() - 90s);
  EXPECT_EQ(figures.oldest_queued(), 90s);
  figures.set_oldest(std::nullopt);
  EXPECT_EQ(figures.oldest_queued(), 0s);
}

TEST(Figures, CountEachEndOnce) {
  const FixedClock clock;
  Figures figures{10, clock};
  for (const State end :
       {State::Done, State::Dead, State::Dead, State::Expired, State::Cancelled}) {
    figures.count_end(end);
  }
  EXPECT_EQ(figures.done, 1U);
  EXPECT_EQ(figures.dead, 2U);
  EXPECT_EQ(figures.expired, 1U);
  EXPECT_EQ(figures.cancelled, 1U);
}

}  // namespace
}  // namespace evalx::queue
