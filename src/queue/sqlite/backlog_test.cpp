#include "queue/sqlite/backlog.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::sqlite {
namespace {

using namespace std::chrono_literals;
constexpr Clock::Instant kStart{1h};

constexpr Backlog::Held kNothingHeld{};

TEST(Backlog, YieldsJobsInTheOrderOfAcceptance) {
  Backlog backlog;
  for (const JobId id : {5, 2, 9}) backlog.add({id, kStart});
  EXPECT_EQ(backlog.take(kStart, kNothingHeld)->id, 2);
  EXPECT_EQ(backlog.take(kStart, kNothingHeld)->id, 5);
  EXPECT_EQ(backlog.take(kStart, kNothingHeld)->id, 9);
  EXPECT_FALSE(backlog.take(kStart, kNothingHeld));
}

TEST(Backlog, HoldsADelayedJobBackUntilItIsDueAndThenPutsItFirst) {
  Backlog backlog;
  backlog.add_later({1, kStart}, kStart + 2s);
  backlog.add({2, kStart + 1s});
  EXPECT_EQ(backlog.oldest_since(), kStart);
  EXPECT_TRUE(backlog.has_due(kStart, kNothingHeld));
  EXPECT_EQ(backlog.next_due(kStart), kStart + 2s);
  EXPECT_FALSE(backlog.next_due(kStart + 2s)) << "the job is due already";
  EXPECT_EQ(backlog.take(kStart + 2s, kNothingHeld)->id, 1);
  EXPECT_EQ(backlog.take(kStart + 2s, kNothingHeld)->id, 2);
  EXPECT_EQ(backlog.size(), 0U);
}

TEST(Backlog, AnyTimeIsATime) {
  Backlog backlog;
  const Clock::Instant zero{};
  for (const JobId id : {1, 2, 3}) {
    backlog.add({id, zero - 1h, Lane::Normal, zero - 5s * static_cast<int>(id - 1)});
  }
  EXPECT_EQ(backlog.next_due(zero - 1min), zero - 10s);
  EXPECT_EQ(backlog.oldest_since(), zero - 1h);
  EXPECT_EQ(backlog.overdue(zero, 9).size(), 3U);
  EXPECT_EQ(backlog.oldest_since(), zero - 1h) << "until their end is stored";
  EXPECT_FALSE(backlog.take(zero, kNothingHeld));
  EXPECT_FALSE(backlog.next_due(zero)) << "no timer that is due at once, again and again";
}

TEST(Backlog, LeasesNoOverdueJobAndKeepsItUntilItIsRemoved) {
  Backlog backlog;
  const auto expiring = [](JobId id, Clock::Instant expires) {
    return Backlog::Waiting{id, kStart, Lane::Normal, expires};
  };
  backlog.add(expiring(1, kStart + 1s));
  backlog.add({2, kStart});
  backlog.add_later(expiring(3, kStart + 2s), kStart + 10s);
  backlog.add(expiring(4, kStart + 3s));
  EXPECT_TRUE(backlog.overdue(kStart, 9).empty());
  EXPECT_EQ(backlog.next_due(kStart), kStart + 1s);
  EXPECT_EQ(backlog.take(kStart + 1s, kNothingHeld)->id, 2);
  const auto taken = backlog.take(kStart + 1s, kNothingHeld);
  EXPECT_EQ(taken->id, 4);
  EXPECT_EQ(taken->expires, kStart + 3s) << "needed when it is released";
  EXPECT_EQ(backlog.next_due(kStart + 1s), kStart + 2s);
  EXPECT_FALSE(backlog.has_due(kStart + 20s, kNothingHeld));
  EXPECT_EQ(backlog.overdue(kStart + 20s, 1).size(), 1U);
  ASSERT_EQ(backlog.overdue(kStart + 20s, 9).size(), 2U);
  EXPECT_EQ(backlog.overdue(kStart + 20s, 9)[1].id, 3);
  EXPECT_EQ(backlog.overdue(kStart + 20s, 9)[1].expires, kStart + 2s);
  EXPECT_EQ(backlog.size(), 2U);
  backlog.remove(1);
  backlog.remove(3);
  EXPECT_EQ(backlog.size(), 0U);
  EXPECT_FALSE(backlog.next_due(kStart));
}

TEST(Backlog, RemovesAJobWhereverItWaits) {
  Backlog backlog;
  backlog.add({1, kStart});
  backlog.add_later({2, kStart}, kStart + 1s);
  backlog.add_later({3, kStart}, kStart + 1s);
  backlog.add({4, kStart, Lane::Quarantine});
  backlog.remove(1);
  backlog.remove(2);
  backlog.remove(4);
  backlog.remove(7);
  EXPECT_EQ(backlog.size(), 1U);
  EXPECT_FALSE(backlog.has_due(kStart, kNothingHeld));
  EXPECT_EQ(backlog.take(kStart + 1s, kNothingHeld)->id, 3);
  EXPECT_FALSE(backlog.next_due(kStart));
}

TEST(Backlog, LetsASuspectRunAloneBeforeAllOthers) {
  Backlog backlog;
  backlog.add({1, kStart});
  backlog.add({7, kStart, Lane::Quarantine});
  backlog.add_later({8, kStart, Lane::Quarantine}, kStart + 1s);
  EXPECT_FALSE(backlog.take(kStart, {.jobs = 1})) << "others still run beside it";
  EXPECT_FALSE(backlog.has_due(kStart, {.jobs = 1}));
  const auto suspect = backlog.take(kStart, kNothingHeld);
  ASSERT_TRUE(suspect);
  EXPECT_EQ(suspect->id, 7);
  EXPECT_EQ(suspect->lane, Lane::Quarantine);
  EXPECT_FALSE(backlog.take(kStart, {.jobs = 1, .in_quarantine = true})) << "it is not alone";
  EXPECT_EQ(backlog.take(kStart, kNothingHeld)->id, 1) << "the other suspect is in its back-off";
  EXPECT_EQ(backlog.take(kStart + 1s, kNothingHeld)->id, 8);
}

}  // namespace
}  // namespace evalx::queue::sqlite
