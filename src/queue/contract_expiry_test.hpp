#pragma once
// The contract of jobs whose waiting time is limited.

#include <algorithm>
#include <thread>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

class ExpiryContract : public Contract {
 protected:
  static NewJob hurried(std::string spec, Milliseconds patience = kPatience) {
    NewJob made = job(std::move(spec));
    made.expires_after = patience;
    return made;
  }
  std::string accepted_hurried(Milliseconds patience = kPatience) {
    const auto answer = run(queue_->accept(hurried("", patience)));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer->token;
  }
  /// Whether the job expires soon, with its result.
  Record expired(const std::string& token) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(*run(queue_->wait_until_finished(token, 10s)));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    Record record = found(token);
    EXPECT_EQ(record.state, State::Expired);
    EXPECT_EQ(record.result, R"({"cause":"expired"})");
    return record;
  }
  std::vector<std::string> listed(ListFilter filter = {}) {
    filter.state = State::Expired;
    std::vector<std::string> tokens;
    do {
      const auto page = run(queue_->list(filter));
      EXPECT_TRUE(page) << page.error().what;
      for (const Listed& each : page->jobs) {
        EXPECT_EQ(each.state, State::Expired);
        EXPECT_TRUE(each.ended_at);
        tokens.push_back(each.token);
      }
      filter.after = page->next;
    } while (!filter.after.empty());
    return tokens;
  }

  static constexpr Milliseconds kPatience{100};
  static constexpr Milliseconds kTooLong{150};
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ExpiryContract);

TEST_P(ExpiryContract, AnOverdueJobExpiresWithoutAnyWorker) {
  const std::string token = accepted_hurried();
  const std::string other = accepted("");
  const std::string later = accepted_hurried(1h);
  EXPECT_EQ(found(token).state, State::Queued);
  backend_->pass(kTooLong);
  const Record record = expired(token);
  EXPECT_EQ(record.attempt, 0U);
  ASSERT_TRUE(record.ended_at);
  EXPECT_GE(*record.ended_at - record.accepted_at, kPatience);
  EXPECT_TRUE(record.failures.empty());
  EXPECT_TRUE(events(token).ended);
  EXPECT_EQ(queue_->figures().expired, 1U);
  EXPECT_EQ(queue_->figures().dead + queue_->figures().lease_lost, 0U);
  EXPECT_EQ(queue_->figures().queued, 2U);
  EXPECT_EQ(leased().id.token, other);
  EXPECT_EQ(leased().id.token, later);
  EXPECT_FALSE(leased_now());
}

TEST_P(ExpiryContract, AnOverdueJobIsNotLeasedBeforeItsEndIsStored) {
  for (int i = 0; i < 10; ++i) {
    const std::string token = accepted_hurried();
    backend_->pass(kTooLong);
    EXPECT_FALSE(leased_now());
    expired(token);
  }
}

TEST_P(ExpiryContract, AFollowerIsAnsweredAtOnce) {
  const std::string token = accepted_hurried();
  const Place queued = place(token, 1);
  backend_->pass(kTooLong);
  EXPECT_TRUE(events(token, queued, 10s).ended);
}

TEST_P(ExpiryContract, ARunningJobDoesNotExpire) {
  const std::string token = accepted_hurried();
  const Leased held = leased();
  backend_->pass(1200ms);  // Overdue jobs were looked for meanwhile.
  EXPECT_FALSE(*run(queue_->wait_until_finished(token, 50ms)));
  EXPECT_FALSE(held.cancelled.stop_requested());
  ASSERT_TRUE(run(queue_->complete(held.id, "in the end")));
  backend_->pass(1200ms);
  EXPECT_EQ(found(token).state, State::Done);
  EXPECT_EQ(found(token).result, "in the end");
  EXPECT_EQ(queue_->figures().expired, 0U);
}

TEST_P(ExpiryContract, AJobReleasedTooLateExpires) {
  const std::string token = accepted_hurried();
  const Leased held = leased();
  backend_->pass(kTooLong);
  ASSERT_TRUE(run(queue_->release(held.id)));
  EXPECT_FALSE(leased_now());
  EXPECT_EQ(expired(token).attempt, 0U);
  EXPECT_EQ(run(queue_->complete(held.id, "late")).error().code, Errc::LeaseLost);
  expired(token);
}

TEST_P(ExpiryContract, AJobInABackOffExpires) {
  const std::string token = accepted_hurried();
  EXPECT_EQ(*run(queue_->retry(leased().id, "clone: EAGAIN", "final")), State::Queued);
  backend_->pass(kTooLong);
  const Record record = expired(token);
  EXPECT_EQ(record.attempt, 1U);
  ASSERT_EQ(record.failures.size(), 1U);
  EXPECT_EQ(record.failures[0].cause, "clone: EAGAIN");
  backend_->pass(1s);
  EXPECT_FALSE(leased_now());
}

TEST_P(ExpiryContract, AJobReleasedInTimeIsLeasedAgain) {
  const std::string token = accepted_hurried(1h);
  ASSERT_TRUE(run(queue_->release(leased().id)));
  ASSERT_TRUE(run(queue_->retry(leased().id, "cause", "")));
  backend_->pass(1s);
  ASSERT_TRUE(run(queue_->complete(leased().id, "in time")));
  EXPECT_EQ(found(token).result, "in time");
}

TEST_P(ExpiryContract, AnExpiredJobIsTerminal) {
  NewJob first = hurried("");
  first.idempotency = Idempotency{"key", "digest"};
  const std::string token = run(queue_->accept(first))->token;
  backend_->pass(kTooLong);
  expired(token);
  EXPECT_EQ(run(queue_->cancel(token, "cancelled")).error().code, Errc::Finished);
  EXPECT_EQ(run(queue_->redrive(token)).error().code, Errc::NotFound);
  NewJob again = hurried("");
  again.idempotency = first.idempotency;
  const auto replay = run(queue_->accept(again));
  ASSERT_TRUE(replay);
  EXPECT_TRUE(replay->replayed);
  EXPECT_EQ(replay->token, token);
  EXPECT_FALSE(leased_now());
  expired(token);
}

TEST_P(ExpiryContract, ARedrivenJobNeverExpires) {
  const std::string token = accepted_hurried();
  ASSERT_TRUE(run(queue_->reject(leased().id, "no such language", "final")));
  backend_->pass(kTooLong);
  ASSERT_TRUE(run(queue_->redrive(token)));
  backend_->pass(1200ms);
  const Leased held = leased();
  EXPECT_EQ(held.id.token, token);
  ASSERT_TRUE(run(queue_->release(held.id)));
  ASSERT_TRUE(run(queue_->complete(leased().id, "after all")));
  EXPECT_EQ(found(token).result, "after all");
}

TEST_P(ExpiryContract, IsListed) {
  std::vector<std::string> expected;
  accepted("waits");
  for (int i = 0; i < 7; ++i) expected.push_back(accepted_hurried());
  ASSERT_TRUE(run(queue_->cancel(accepted(""), "cancelled")));
  EXPECT_TRUE(listed().empty());
  backend_->pass(kTooLong);
  for (const std::string& token : expected) expired(token);
  ListFilter pages;
  pages.limit = 3;
  for (ListFilter filter : {ListFilter{}, pages}) {
    std::vector<std::string> tokens = listed(filter);
    std::sort(tokens.begin(), tokens.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(tokens, expected);
  }
}

TEST_P(ExpiryContract, ALeaseAndAnExpiryHaveOneWinner) {
  for (int round = 0; round < 30; ++round) {
    const std::string token = accepted_hurried(5ms);
    std::thread clock{[&] { backend_->pass(5ms); }};
    const auto held = leased_now();
    clock.join();
    if (held) {
      ASSERT_EQ(held->id.token, token);
      ASSERT_TRUE(run(queue_->complete(held->id, "done")));
      EXPECT_EQ(found(token).state, State::Done);
    } else {
      expired(token);
    }
  }
}

TEST_P(ExpiryContract, ACancellationAndAnExpiryHaveOneWinner) {
  for (int round = 0; round < 30; ++round) {
    const std::string token = accepted_hurried(5ms);
    std::thread clock{[&] { backend_->pass(5ms); }};
    const auto cancelled = run(queue_->cancel(token, "cancelled"));
    clock.join();
    if (cancelled) {
      backend_->pass(5ms);
      EXPECT_EQ(found(token).state, State::Cancelled);
      EXPECT_EQ(found(token).result, "cancelled");
    } else {
      EXPECT_EQ(cancelled.error().code, Errc::Finished);
      expired(token);
    }
  }
}

TEST_P(ExpiryContract, ItOutlivesTheQueue) {
  const std::string before = accepted_hurried();
  backend_->pass(kTooLong);
  expired(before);
  const std::string after = accepted_hurried();
  const std::string later = accepted_hurried(1h);
  queue_.reset();
  backend_->pass(kTooLong);
  queue_ = backend_->open(kCapacity);
  EXPECT_EQ(expired(before).attempt, 0U);
  expired(after);
  EXPECT_EQ(leased().id.token, later);
  EXPECT_FALSE(leased_now());
}

}  // namespace evalx::queue
