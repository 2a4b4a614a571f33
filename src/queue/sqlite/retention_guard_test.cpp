#include "queue/sqlite/retention_guard.hpp"

#include <gtest/gtest.h>

#include "queue/sqlite/fixture_test.hpp"

namespace evalx::queue::sqlite {
namespace {

/// A guard that believes its clock's date.
struct Believing {
  Believing() {
    EXPECT_FALSE(guard.date());
    clock.advance(1h);
    EXPECT_TRUE(guard.date());
  }
  HandClock clock;
  RetentionGuard guard{clock};
};

TEST(RetentionGuard, DoubtsTheDateOfAStartForAnHour) {
  HandClock clock;
  clock.jump(48h);  // Until the date is set.
  RetentionGuard guard{clock};
  EXPECT_FALSE(guard.date());
  EXPECT_EQ(guard.careful_date(), Clock::WallInstant::min());
  clock.advance(4s);
  clock.jump(-48h);
  EXPECT_FALSE(guard.date());
  clock.advance(59min);
  EXPECT_FALSE(guard.date());
  clock.advance(1min);
  EXPECT_EQ(guard.date(), clock.wall_now());
  EXPECT_EQ(guard.careful_date(), clock.wall_now());
}

TEST(RetentionGuard, DoubtsADateThatJumpsUntilItReturnsOrStaysForAnHour) {
  for (const Microseconds jump : {Microseconds{48h}, Microseconds{-48h}}) {
    Believing believing;
    HandClock& clock = believing.clock;
    RetentionGuard& guard = believing.guard;
    EXPECT_EQ(guard.date(), clock.wall_now());
    clock.jump(jump);
    EXPECT_FALSE(guard.date());
    clock.advance(4s);
    EXPECT_FALSE(guard.date());
    clock.jump(-jump);
    EXPECT_EQ(guard.date(), clock.wall_now());
    clock.jump(jump);
    EXPECT_FALSE(guard.date());
    clock.advance(59min);
    EXPECT_FALSE(guard.date());
    clock.advance(1min);
    EXPECT_EQ(guard.date(), clock.wall_now());
  }
}

TEST(RetentionGuard, FollowsAClockThatIsAdjustedSlowly) {
  Believing believing;
  HandClock& clock = believing.clock;
  RetentionGuard& guard = believing.guard;
  for (int minute = 0; minute < 100; ++minute) {
    clock.advance(1min);
    clock.jump(9s);
    EXPECT_TRUE(guard.date());
  }
}

TEST(RetentionGuard, StoresTheDateThatGoesOnAfterAJump) {
  Believing believing;
  HandClock& clock = believing.clock;
  const Clock::WallInstant before = clock.wall_now();
  for (const Microseconds jump : {Microseconds{48h}, Microseconds{-48h}}) {
    clock.jump(jump);
    EXPECT_EQ(believing.guard.present(), before);
    clock.jump(-jump);
    EXPECT_EQ(believing.guard.present(), before);
  }
  HandClock started;
  const RetentionGuard guard{started};
  started.jump(-48h);
  EXPECT_EQ(guard.present(), started.wall_now() + 48h);
}

TEST(RetentionGuard, TakesTheEarlierDateForKeys) {
  Believing believing;
  HandClock& clock = believing.clock;
  RetentionGuard& guard = believing.guard;
  const Clock::WallInstant before = clock.wall_now();
  clock.jump(48h);
  EXPECT_EQ(guard.careful_date(), before);
  clock.jump(-96h);
  EXPECT_EQ(guard.careful_date(), before - 48h);
}

TEST(RetentionGuard, BoundsTheDeletionsOfAMinute) {
  HandClock clock;
  RetentionGuard guard{clock};
  EXPECT_EQ(guard.allowance(5'000), 1'000);
  EXPECT_EQ(guard.allowance(500'000), 5'000);
  guard.note_deleted(990);
  EXPECT_EQ(guard.allowance(5'000), 10);
  guard.note_deleted(32);
  EXPECT_EQ(guard.allowance(5'000), 0);
  clock.advance(1min);
  EXPECT_EQ(guard.allowance(5'000), 1'000);
}

}  // namespace
}  // namespace evalx::queue::sqlite
