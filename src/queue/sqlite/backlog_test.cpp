#include "queue/sqlite/backlog.hpp"

#include <gtest/gtest.h>

namespace evalx::queue::sqlite {
namespace {

using namespace std::chrono_literals;
constexpr Clock::Instant kStart{1h};

TEST(Backlog, YieldsInOrderOfAcceptanceWhateverTheOrderOfAdding) {
  Backlog backlog;
  for (const JobId id : {5, 2, 9}) backlog.add(id, kStart);
  EXPECT_EQ(backlog.take(kStart)->id, 2);
  EXPECT_EQ(backlog.take(kStart)->id, 5);
  EXPECT_EQ(backlog.take(kStart)->id, 9);
  EXPECT_FALSE(backlog.take(kStart));
}

TEST(Backlog, HoldsADelayedJobBackUntilItIsDueThenPutsItFirstAgain) {
  Backlog backlog;
  backlog.add_later(1, kStart, kStart + 2s);
  backlog.add(2, kStart + 1s);
  EXPECT_EQ(backlog.oldest_since(), kStart);
  EXPECT_TRUE(backlog.has_due(kStart));
  EXPECT_EQ(backlog.next_due(kStart), kStart + 2s);
  EXPECT_FALSE(backlog.next_due(kStart + 2s)) << "what is due is not to be waited for";
  EXPECT_EQ(backlog.take(kStart + 2s)->id, 1);
  EXPECT_EQ(backlog.take(kStart + 2s)->id, 2);
  EXPECT_EQ(backlog.size(), 0U);
}

TEST(Backlog, RemovesAJobWhereverItWaits) {
  Backlog backlog;
  backlog.add(1, kStart);
  backlog.add_later(2, kStart, kStart + 1s);
  backlog.add_later(3, kStart, kStart + 1s);
  backlog.remove(1);
  backlog.remove(2);
  backlog.remove(7);
  EXPECT_EQ(backlog.size(), 1U);
  EXPECT_FALSE(backlog.has_due(kStart));
  EXPECT_EQ(backlog.take(kStart + 1s)->id, 3);
  EXPECT_FALSE(backlog.next_due(kStart));
}

}  // namespace
}  // namespace evalx::queue::sqlite
