#pragma once
// The contract with an operator: failures are stored, dead jobs are listed and redriven.

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

class OperatingContract : public Contract {
 protected:
  /// A job that used up its attempts.
  std::string dead(const std::string& spec = "") {
    const std::string token = accepted(spec);
    for (int attempt = 1; attempt <= 3; ++attempt) {
      fail_once("clone: EAGAIN " + std::to_string(attempt));
    }
    return token;
  }
  void fail_once(const std::string& cause) {
    EXPECT_TRUE(run(queue_->retry(leased().id, cause, "final")));
    backend_->pass(1s);
  }
  Listing listed(ListFilter filter) {
    auto page = run(queue_->list(std::move(filter)));
    EXPECT_TRUE(page) << page.error().what;
    return page ? *std::move(page) : Listing{};
  }
  std::vector<std::string> tokens_of(State state) {
    std::vector<std::string> tokens;
    for (const Listed& job : listed({.state = state, .older_than = {}, .after = {}}).jobs) {
      tokens.push_back(job.token);
    }
    return tokens;
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OperatingContract);

TEST_P(OperatingContract, ARejectedJobIsDeadAtOnceWithItsCause) {
  const std::string token = accepted("");
  const Leased held = leased();
  ASSERT_TRUE(run(queue_->reject(held.id, "unknown language klingon", "final")));
  const Record record = found(token);
  EXPECT_EQ(record.state, State::Dead);
  EXPECT_EQ(record.result, "final");
  EXPECT_EQ(record.attempt, 1U);
  ASSERT_EQ(record.failures.size(), 1U);
  EXPECT_EQ(record.failures[0].kind, Failure::Kind::Rejected);
  EXPECT_EQ(record.failures[0].cause, "unknown language klingon");
  EXPECT_EQ(queue_->figures().dead, 1U);
  EXPECT_EQ(queue_->figures().retried, 0U);
  EXPECT_EQ(queue_->figures().leased, 0U);
  EXPECT_TRUE(*run(queue_->wait_until_finished(token, 0ms)));
  EXPECT_EQ(tokens_of(State::Dead), std::vector{token});
}

TEST_P(OperatingContract, OnlyTheHolderRejects) {
  const std::string token = accepted("");
  const Leased first = leased();
  ASSERT_TRUE(run(queue_->release(first.id)));
  EXPECT_EQ(run(queue_->reject(first.id, "stale", "stale")).error().code, Errc::LeaseLost);
  const Leased second = leased();
  EXPECT_EQ(run(queue_->reject(first.id, "stale", "stale")).error().code, Errc::LeaseLost);
  ASSERT_TRUE(run(queue_->complete(second.id, "valid")));
  EXPECT_EQ(run(queue_->reject(second.id, "late", "late")).error().code, Errc::LeaseLost);
  EXPECT_EQ(found(token).result, "valid");
  EXPECT_TRUE(found(token).failures.empty());
}

TEST_P(OperatingContract, KeepsTheLastFailuresAcrossRedrives) {
  const std::string token = accepted("");
  for (int life = 1; life <= 20; ++life) {
    ASSERT_TRUE(run(queue_->reject(leased().id, std::to_string(life), "final")));
    ASSERT_TRUE(run(queue_->redrive(token)));
  }
  const auto failures = found(token).failures;
  ASSERT_EQ(failures.size(), kFailuresKept);
  for (std::size_t i = 0; i < kFailuresKept; ++i) {
    EXPECT_EQ(failures[i].cause, std::to_string(20 - kFailuresKept + 1 + i));
  }
  const auto page = listed({.state = State::Queued, .older_than = {}, .after = {}});
  ASSERT_TRUE(page.jobs.at(0).last_failure);
  EXPECT_EQ(page.jobs.at(0).last_failure->cause, "20");
}

TEST_P(OperatingContract, KeepsTheFailureOfEachAttempt) {
  const auto before = std::chrono::system_clock::now();
  const std::string token = dead();
  const Record record = found(token);
  EXPECT_EQ(record.state, State::Dead);
  ASSERT_EQ(record.failures.size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    const Failure& failure = record.failures[i];
    EXPECT_EQ(failure.kind, Failure::Kind::Fault);
    EXPECT_EQ(failure.attempt, i + 1);
    EXPECT_EQ(failure.cause, "clone: EAGAIN " + std::to_string(i + 1));
    EXPECT_FALSE(failure.worker.empty());
    EXPECT_GT(failure.at, before - 1min);
    EXPECT_LT(failure.at, before + 5min);
  }
  ASSERT_TRUE(record.ended_at);
  EXPECT_GE(*record.ended_at, record.failures.back().at);
  EXPECT_TRUE(run(queue_->find_state(token))->failures.empty());
  queue_.reset();
  queue_ = backend_->open(kCapacity);
  EXPECT_EQ(found(token).failures, record.failures);
}

TEST_P(OperatingContract, ASuccessKeepsEarlierFailuresAndAReleaseIsNoFailure) {
  const std::string token = accepted("");
  ASSERT_TRUE(run(queue_->release(leased().id)));
  fail_once("clone: EAGAIN");
  ASSERT_TRUE(run(queue_->complete(leased().id, "")));
  ASSERT_EQ(found(token).failures.size(), 1U);
  EXPECT_EQ(found(token).failures[0].cause, "clone: EAGAIN");
}

TEST_P(OperatingContract, KeepsACauseUnchangedUpToItsBound) {
  const std::string token = accepted("");
  const std::string odd = "two  blanks, a\nline, \xc3\xa4 and an end ";
  fail_once(odd);
  fail_once(std::string(100'000, 'x'));
  const auto failures = found(token).failures;
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[0].cause, odd);
  EXPECT_EQ(failures[1].cause, std::string(kCauseBytesMax, 'x'));
}

TEST_P(OperatingContract, ARedrivenJobHasAllItsAttemptsAgain) {
  const std::string token = dead("the spec");
  ASSERT_TRUE(run(queue_->redrive(token)));
  const Record waiting = found(token);
  EXPECT_EQ(waiting.state, State::Queued);
  EXPECT_EQ(waiting.attempt, 0U);
  EXPECT_EQ(waiting.result, "");
  EXPECT_FALSE(waiting.ended_at);
  EXPECT_EQ(waiting.failures.size(), 3U);
  EXPECT_EQ(queue_->figures().queued, 1U);
  EXPECT_TRUE(tokens_of(State::Dead).empty());
  for (const unsigned attempt : {1U, 2U}) {
    const Leased held = leased();
    EXPECT_EQ(held.attempt, attempt);
    EXPECT_EQ(held.spec, "the spec");
    EXPECT_EQ(*run(queue_->retry(held.id, "again", "final")), State::Queued);
    backend_->pass(1s);
  }
  ASSERT_TRUE(run(queue_->complete(leased().id, "the result")));
  EXPECT_EQ(found(token).state, State::Done);
  EXPECT_EQ(found(token).result, "the result");
  EXPECT_TRUE(found(token).ended_at);
}

TEST_P(OperatingContract, OnlyADeadJobIsRedriven) {
  EXPECT_EQ(run(queue_->redrive("no such")).error().code, Errc::NotFound);
  const std::string token = accepted("");
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  const Leased held = leased();
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  ASSERT_TRUE(run(queue_->complete(held.id, "result")));
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  EXPECT_EQ(found(token).result, "result");
}

TEST_P(OperatingContract, TheHolderOfADeadAttemptCannotPublishForTheNext) {
  const std::string token = accepted("");
  fail_once("1");
  fail_once("2");
  const Leased last = leased();
  ASSERT_TRUE(run(queue_->retry(last.id, "3", "final")));
  ASSERT_TRUE(run(queue_->redrive(token)));
  EXPECT_EQ(run(queue_->complete(last.id, "late")).error().code, Errc::LeaseLost);
  const Leased next = leased();
  EXPECT_EQ(run(queue_->complete(last.id, "late")).error().code, Errc::LeaseLost);
  EXPECT_TRUE(run(queue_->complete(next.id, "result")));
  EXPECT_EQ(found(token).result, "result");
}

TEST_P(OperatingContract, AStreamBeginsANewLifeWhenItsJobIsRedriven) {
  const std::string token = dead();
  const Events ended = events(token);
  ASSERT_TRUE(ended.ended);
  const std::uint64_t last = ended.events.back().seq;
  ASSERT_TRUE(run(queue_->redrive(token)));
  EXPECT_FALSE(*run(queue_->wait_until_finished(token, 0ms)));
  leased();
  const Events news = events(token, {ended.life, last});
  EXPECT_FALSE(news.continues);
  EXPECT_FALSE(news.ended);
  EXPECT_EQ(kinds(token), (std::vector<std::string>{"queued", "restarted"}))
      << "a new client must not see the old end";
}

TEST_P(OperatingContract, ListsByState) {
  const std::string gone = dead();
  const std::string waiting = accepted("");
  const Leased held = leased();
  const std::string next = accepted("");
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  const Leased running = leased();
  const std::string last = accepted("");
  EXPECT_EQ(held.id.token, waiting);
  EXPECT_EQ(running.id.token, next);
  EXPECT_EQ(tokens_of(State::Dead), std::vector{gone});
  EXPECT_EQ(tokens_of(State::Queued), std::vector{last});
  EXPECT_EQ(tokens_of(State::Leased), std::vector{next});

  const Listing page = listed({.state = State::Dead, .older_than = {}, .after = {}});
  EXPECT_EQ(page.next, "");
  const Listed& job = page.jobs.at(0);
  EXPECT_EQ(job.state, State::Dead);
  EXPECT_EQ(job.attempt, 3U);
  EXPECT_EQ(job.deaths, 0U);
  EXPECT_FALSE(job.is_orphan);
  ASSERT_TRUE(job.ended_at);
  EXPECT_GE(*job.ended_at, job.accepted_at);
  EXPECT_LE(*job.ended_at, page.now);
  ASSERT_TRUE(job.last_failure);
  EXPECT_EQ(job.last_failure->cause, "clone: EAGAIN 3");
  const Listing leased_jobs = listed({.state = State::Leased, .older_than = {}, .after = {}});
  EXPECT_FALSE(leased_jobs.jobs.at(0).is_orphan);
  EXPECT_FALSE(leased_jobs.jobs.at(0).last_failure);
}

TEST_P(OperatingContract, ListsPageByPage) {
  std::vector<std::string> expected;
  std::vector<NewJob> at_once;
  for (int i = 0; i < 7; ++i) at_once.push_back(job("at once"));
  for (const NewJob& each : at_once) expected.push_back(each.token);
  ASSERT_TRUE(run(queue_->accept_all(std::move(at_once))));
  for (int i = 0; i < 4; ++i) expected.push_back(accepted("one by one"));
  std::vector<std::string> seen;
  ListFilter filter{.state = State::Queued, .older_than = {}, .after = {}, .limit = 3};
  int pages = 0;
  do {
    ASSERT_LT(++pages, 10);
    const Listing page = listed(filter);
    EXPECT_LE(page.jobs.size(), 3U);
    for (const Listed& each : page.jobs) seen.push_back(each.token);
    filter.after = page.next;
  } while (!filter.after.empty());
  EXPECT_EQ(std::set(seen.begin(), seen.end()), std::set(expected.begin(), expected.end()));
  EXPECT_EQ(seen.size(), expected.size());
  // Jobs of one call have one age; later jobs are listed after them.
  EXPECT_TRUE(std::equal(seen.end() - 4, seen.end(), expected.end() - 4));
}

TEST_P(OperatingContract, ListsDoneAndCancelledJobs) {
  std::set<std::string> done;
  for (int i = 0; i < 5; ++i) {
    done.insert(accepted("done"));
    ASSERT_TRUE(run(queue_->complete(leased().id, "result")));
  }
  const std::string cancelled = accepted("cancelled");
  ASSERT_TRUE(run(queue_->cancel(cancelled, "result")));
  const std::string waiting = accepted("waits");
  std::set<std::string> seen;
  ListFilter filter{.state = State::Done, .older_than = {}, .after = {}, .limit = 2};
  int pages = 0;
  do {
    ASSERT_LT(++pages, 100);
    const Listing page = listed(filter);
    for (const Listed& each : page.jobs) {
      EXPECT_EQ(each.state, State::Done);
      EXPECT_TRUE(each.ended_at);
      seen.insert(each.token);
    }
    filter.after = page.next;
  } while (!filter.after.empty());
  EXPECT_EQ(seen, done);
  const Listing page = listed({.state = State::Cancelled, .older_than = {}, .after = {}});
  ASSERT_EQ(page.jobs.size(), 1U);
  EXPECT_EQ(page.jobs[0].token, cancelled);
}

TEST_P(OperatingContract, ListsJobsOfAtLeastTheGivenAge) {
  const std::string token = accepted("");
  backend_->pass(50ms);
  ListFilter filter{.state = State::Queued, .older_than = 1h, .after = {}};
  EXPECT_TRUE(listed(filter).jobs.empty());
  filter.older_than = 40ms;
  ASSERT_EQ(listed(filter).jobs.size(), 1U);
  EXPECT_EQ(listed(filter).jobs[0].token, token);
}

TEST_P(OperatingContract, RefusesAWrongFilterAndNamesItsField) {
  const auto complaint = [&](ListFilter filter) -> std::string {
    const auto page = run(queue_->list(std::move(filter)));
    if (page) return "none";
    EXPECT_EQ(page.error().code, std::errc::invalid_argument);
    return page.error().what;
  };
  using testing::HasSubstr;
  ListFilter filter;
  for (const std::size_t limit : {std::size_t{0}, kListedMax + 1}) {
    filter.limit = limit;
    EXPECT_THAT(complaint(filter), HasSubstr("limit must be"));
  }
  filter = {};
  filter.older_than = -1us;
  EXPECT_THAT(complaint(filter), HasSubstr("older_than must"));
  filter = {};
  for (const char* cursor : {"nonsense", "-1", "1x", " "}) {
    filter.after = cursor;
    EXPECT_THAT(complaint(filter), HasSubstr("after must")) << cursor;
  }
}

}  // namespace evalx::queue
