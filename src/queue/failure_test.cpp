#include "queue/failure.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace evalx::queue {
namespace {

TEST(Failure, EveryKindHasAWordThatIsReadBack) {
  using Kind = Failure::Kind;
  for (const Kind kind : {Kind::Fault, Kind::WorkerDied, Kind::Rejected, Kind::Damaged}) {
    EXPECT_EQ(failure_kind(to_string(kind)), kind) << to_string(kind);
  }
  EXPECT_EQ(failure_kind("what a newer one says"), Kind::Fault);
}

TEST(Failure, OnlyFailedChangesAreStored) {
  EXPECT_EQ(failure_of(Retry{1, 2}), Failure::Kind::Fault);
  EXPECT_EQ(failure_of(Reject{1}), Failure::Kind::Rejected);
  EXPECT_EQ(failure_of(LoseWorker{1}), Failure::Kind::WorkerDied);
  EXPECT_EQ(failure_of(Condemn{}), Failure::Kind::Damaged);
  for (const Change& change : {Change{Grant{1}}, Change{Complete{1}}, Change{Release{1}},
                               Change{Cancel{}}, Change{Redrive{}}}) {
    EXPECT_EQ(failure_of(change), std::nullopt);
  }
}

TEST(Failure, ACauseIsCutBetweenCharacters) {
  EXPECT_EQ(bounded_cause("short"), "short");
  EXPECT_EQ(bounded_cause(std::string(kCauseBytesMax, 'x')).size(), kCauseBytesMax);
  EXPECT_EQ(bounded_cause(std::string(1 << 20, 'x')).size(), kCauseBytesMax);
  for (std::size_t before = kCauseBytesMax - 4; before <= kCauseBytesMax; ++before) {
    const std::string cut = bounded_cause(std::string(before, 'x') + "\xf0\x9f\x92\xa9 and more");
    EXPECT_LE(cut.size(), kCauseBytesMax);
    EXPECT_GE(cut.size(), kCauseBytesMax - 4);
    EXPECT_TRUE(is_utf8(cut)) << before;
  }
  EXPECT_EQ(bounded_cause(std::string(1000, '\x80')).size(), kCauseBytesMax);
}

TEST(Failure, DeathsAge) {
  using std::chrono::hours;
  const std::chrono::system_clock::time_point now{hours{1000}};
  const auto failure = [&](Failure::Kind kind, hours age) {
    Failure made;
    made.kind = kind;
    made.at = now - age;
    return made;
  };
  const std::vector<Failure> failures{failure(Failure::Kind::WorkerDied, hours{73}),
                                      failure(Failure::Kind::Fault, hours{2}),
                                      failure(Failure::Kind::WorkerDied, hours{71})};
  EXPECT_EQ(old_deaths(2, failures, now, hours{72}), 1U);
  EXPECT_EQ(old_deaths(5, failures, now, hours{72}), 4U) << "others are no longer stored";
  EXPECT_EQ(old_deaths(0, failures, now, hours{72}), 0U);
  EXPECT_EQ(old_deaths(2, {}, now, hours{72}), 2U);
}

}  // namespace
}  // namespace evalx::queue
