#include "show/job_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evalx::app {
namespace {

using namespace std::chrono_literals;
using queue::Failure;
using queue::Listed;
using queue::Record;
using queue::State;
using ::testing::HasSubstr;
using ::testing::Not;

/// 2026-01-02T03:04:05Z.
const Clock::WallInstant kNow{std::chrono::seconds{1'767'323'045}};

Failure failure_of(Failure::Kind kind, std::string cause) {
  return {
      .kind = kind, .attempt = 3, .cause = std::move(cause), .worker = "host:7", .at = kNow - 5s};
}

Listed listed(State state, Microseconds age) {
  Listed job;
  job.token = "t1";
  job.state = state;
  job.attempt = 3;
  job.accepted_at = kNow - age;
  return job;
}

Record dead_record() {
  Record job;
  job.token = "t1";
  job.state = State::Dead;
  job.attempt = 3;
  job.deaths = 2;
  job.spec = std::string(2048, 'x');
  job.accepted_at = kNow - 90min;
  job.ended_at = kNow - 5s;
  job.failures = {failure_of(Failure::Kind::WorkerDied, "it died"),
                  failure_of(Failure::Kind::Fault, "no \x1b[31mspace")};
  return job;
}

TEST(JobReport, FindsStuckJobs) {
  EXPECT_FALSE(is_stuck(listed(State::Queued, 10min), kNow));
  EXPECT_TRUE(is_stuck(listed(State::Queued, 11min), kNow));
  Listed leased = listed(State::Leased, 24h);
  EXPECT_FALSE(is_stuck(leased, kNow));
  leased.is_orphan = true;
  EXPECT_TRUE(is_stuck(leased, kNow));
  EXPECT_FALSE(is_stuck(listed(State::Dead, 24h), kNow));
}

TEST(JobReport, ListsEachJobWithItsLastCause) {
  Listed dead = listed(State::Dead, 3h + 5min);
  dead.deaths = 2;
  dead.last_failure = failure_of(Failure::Kind::Rejected, "limits.memory_kb: too much");
  EXPECT_EQ(table_of({dead, listed(State::Queued, 11min)}, kNow, terminal::Paint::plain(), 100),
            "token  state          attempts  deaths         age  last cause\n"
            "t1     dead                  3       2  3 h 05 min  limits.memory_kb: too much\n"
            "t1     queued, stuck         3       0      11 min\n");
}

TEST(JobReport, ListsAsJson) {
  Listed job = listed(State::Leased, 61s);
  job.worker = "host:7";
  EXPECT_EQ(json_of({job}, kNow),
            R"([{"token":"t1","state":"leased","attempts":3,"deaths":0,)"
            R"("accepted_at":"2026-01-02T03:03:04Z","ended_at":null,"age_seconds":61,)"
            R"("stuck":false,"worker":"host:7","last_failure":null}])"
            "\n");
}

TEST(JobReport, ShowsAllFailuresWithoutControlCharacters) {
  const std::string text = text_of(dead_record(), {}, kNow, terminal::Paint::plain());
  EXPECT_THAT(text, HasSubstr("accepted  2026-01-02T01:34:05Z, 1 h 30 min ago\n"));
  EXPECT_THAT(text, HasSubstr("ended     2026-01-02T03:04:00Z, 5 s ago\n"));
  EXPECT_THAT(text, HasSubstr("spec      2.0 KiB\n"));
  EXPECT_THAT(text, HasSubstr("2026-01-02T03:04:00Z  worker_died        3  host:7  it died\n"));
  EXPECT_THAT(text,
              HasSubstr("2026-01-02T03:04:00Z  fault              3  host:7  no \\x1b[31mspace\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(JobReport, ShowsAJobAsJsonWithItsFailures) {
  const std::string json = json_of(dead_record(), {}, kNow);
  EXPECT_THAT(json,
              HasSubstr(R"("spec_bytes":2048,"result_bytes":0,"damaged":null,"callback":null,)"
                        R"("failures":[{)"));
  EXPECT_THAT(json, HasSubstr(R"({"at":"2026-01-02T03:04:00Z","kind":"worker_died","attempt":3,)"
                              R"("worker":"host:7","cause":"it died"},)"));
}

TEST(JobReport, ShowsTheCallbackOfAJob) {
  queue::ListedCallback callback;
  callback.token = "t1";
  callback.state = queue::CallbackState::Waiting;
  callback.attempt = 2;
  callback.since = kNow - 6min;
  callback.due = kNow + 5min;
  callback.words = "the receiver answered 503";
  EXPECT_THAT(
      text_of(dead_record(), callback, kNow, terminal::Paint::plain()),
      HasSubstr("callback  waiting, 2 attempts, next in 5 min: the receiver answered 503\n"));
  EXPECT_THAT(json_of(dead_record(), callback, kNow),
              HasSubstr(R"("callback":{"token":"t1","state":"waiting",)"));
}

TEST(JobReport, ReportsAMissingSpec) {
  Record job = dead_record();
  job.spec.clear();
  EXPECT_THAT(text_of(job, {}, kNow, terminal::Paint::plain()), HasSubstr("spec      missing\n"));
}

TEST(JobReport, ShowsAgesInTwoUnits) {
  EXPECT_EQ(show_age(Microseconds{0}), "0 s");
  EXPECT_EQ(show_age(59s + 999ms), "59 s");
  EXPECT_EQ(show_age(60s), "1 min");
  EXPECT_EQ(show_age(3h + 5min), "3 h 05 min");
  EXPECT_EQ(show_age(24h * 12 + 4h), "12 d 4 h");
}

}  // namespace
}  // namespace evalx::app
