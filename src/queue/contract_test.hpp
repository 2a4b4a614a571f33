#pragma once
// The suite every backend must pass. One test file of a backend defines a Backend and says
//   INSTANTIATE_TEST_SUITE_P(Name, Contract, testing::Values(BackendMaker{make_backend}));

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue.hpp"
#include "queue/run_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue {

/// One store, and the queue on it.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Opens the store, or opens it again after the earlier queue was destroyed.
  virtual std::unique_ptr<Queue> open(std::size_t capacity) = 0;
  /// Lets the store's clock go on, by turning it or by waiting.
  virtual void pass(Milliseconds time) = 0;
};
using BackendMaker = std::function<std::unique_ptr<Backend>()>;

class Contract : public testing::TestWithParam<BackendMaker> {
 protected:
  Contract() : backend_(GetParam()()), queue_(backend_->open(kCapacity)) {}

  static NewJob job(std::string spec) {
    return {submission::new_token(), std::move(spec), std::nullopt};
  }
  static NewJob job(std::string spec, std::string key, std::string digest) {
    return {submission::new_token(), std::move(spec),
            Idempotency{std::move(key), std::move(digest)}};
  }
  std::string accepted(std::string spec) {
    auto answer = run(queue_->accept(job(std::move(spec))));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer->token;
  }
  Leased leased() {
    auto answer = run(queue_->lease(5s));
    EXPECT_TRUE(answer && *answer) << "no job to lease";
    return **std::move(answer);
  }
  std::optional<Leased> leased_now() { return *run(queue_->lease(0ms)); }
  Record found(std::string token) { return *run(queue_->find(std::move(token))); }
  std::vector<std::string> kinds(const std::string& token, std::uint64_t after = 0) {
    std::vector<std::string> kinds;
    const auto answer = run(queue_->events(token, after, 0ms));
    for (const Event& event : answer->events) kinds.push_back(event.kind);
    return kinds;
  }

  static constexpr std::size_t kCapacity = 64;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Queue> queue_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Contract);

using Kinds = std::vector<std::string>;

TEST_P(Contract, AJobGoesFromAcceptanceToItsResult) {
  const std::string token = accepted("the spec");
  EXPECT_EQ(found(token).state, State::Queued);
  Leased held = leased();
  EXPECT_EQ(held.id.token, token);
  EXPECT_EQ(held.spec, "the spec");
  EXPECT_EQ(held.attempt, 1U);
  EXPECT_FALSE(held.cancelled.stop_requested());
  EXPECT_EQ(found(token).state, State::Leased);
  ASSERT_TRUE(run(queue_->complete(held.id, "the result")));
  const Record record = found(token);
  EXPECT_EQ(record.state, State::Done);
  EXPECT_EQ(record.result, "the result");
  EXPECT_EQ(record.spec, "the spec");
  EXPECT_EQ(record.attempt, 1U);
}

TEST_P(Contract, KeepsBytesAsTheyAre) {
  const std::string bytes{"\0\xff quote' \n\x01", 13};
  const std::string token = accepted(bytes);
  ASSERT_TRUE(run(queue_->complete(leased().id, bytes)));
  EXPECT_EQ(found(token).spec, bytes);
  EXPECT_EQ(found(token).result, bytes);
}

TEST_P(Contract, CarriesSixteenMebibytes) {
  const std::string large(16 << 20, 'x');
  const std::string token = accepted(large);
  Leased held = leased();
  EXPECT_TRUE(held.spec == large);
  ASSERT_TRUE(run(queue_->complete(held.id, large)));
  EXPECT_TRUE(found(token).result == large);
}

TEST_P(Contract, FindStateLeavesTheSpecOut) {
  const std::string token = accepted("the spec");
  EXPECT_EQ(run(queue_->find_state(token))->spec, "");
  EXPECT_EQ(run(queue_->find_state("no such"))
                .error()
                .code,
            Errc::NotFound);
  EXPECT_EQ(run(queue_->find("no such")).error().code, Errc::NotFound);
}

TEST_P(Contract, LeasesInTheOrderOfAcceptance) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) tokens.push_back(accepted(std::to_string(i)));
  for (const std::string& token : tokens) EXPECT_EQ(leased().id.token, token);
}

TEST_P(Contract, LeaseWaitsForAJobAndGivesUpInTime) {
  EXPECT_FALSE(leased_now());
  EXPECT_FALSE(*run(queue_->lease(20ms)));
  asio::io_context loop{1};
  std::string got;
  asio::co_spawn(loop, queue_->lease(10s), [&](std::exception_ptr, auto answer) {
    got = (*answer)->spec;
  });
  asio::co_spawn(loop, queue_->accept(job("late")), [](std::exception_ptr, auto) {});
  loop.run();
  EXPECT_EQ(got, "late");
}

TEST_P(Contract, TheFirstCompletionWinsAndNeverChanges) {
  const std::string token = accepted("");
  const Leased held = leased();
  ASSERT_TRUE(run(queue_->complete(held.id, "first")));
  EXPECT_EQ(run(queue_->complete(held.id, "second")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->retry(held.id, "late", "third")).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->release(held.id)).error().code, Errc::LeaseLost);
  EXPECT_EQ(run(queue_->cancel(token, "fourth")).error().code, Errc::Finished);
  EXPECT_EQ(found(token).result, "first");
  EXPECT_GE(queue_->totals().lease_lost, 3U);
}

TEST_P(Contract, OnlyTheCurrentLeaseMayPublish) {
  const std::string token = accepted("");
  const Leased first = leased();
  ASSERT_TRUE(run(queue_->release(first.id)));
  const Leased second = leased();
  EXPECT_EQ(second.id.token, token);
  EXPECT_NE(second.id.lease, first.id.lease);
  EXPECT_EQ(run(queue_->complete(first.id, "stale")).error().code, Errc::LeaseLost);
  EXPECT_TRUE(run(queue_->complete(second.id, "valid")));
  EXPECT_EQ(found(token).result, "valid");
}

TEST_P(Contract, ConcurrentCompletionsOfOneLeaseHaveOneWinner) {
  const std::string token = accepted("");
  const Leased held = leased();
  asio::io_context loop{1};
  int won = 0;
  std::string winner;
  for (int i = 0; i < 20; ++i) {
    const std::string result = std::to_string(i);
    asio::co_spawn(loop, queue_->complete(held.id, result),
                   [&, result](std::exception_ptr, const Result<>& answer) {
                     if (!answer) return;
                     ++won;
                     winner = result;
                   });
  }
  loop.run();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(found(token).result, winner);
}

TEST_P(Contract, ReleaseChargesNoAttempt) {
  accepted("");
  for (int i = 0; i < 5; ++i) {
    const Leased held = leased();
    EXPECT_EQ(held.attempt, 1U);
    ASSERT_TRUE(run(queue_->release(held.id)));
  }
}

TEST_P(Contract, AReleasedJobKeepsItsPlaceInLine) {
  const std::string first = accepted("");
  accepted("");
  const Leased held = leased();
  ASSERT_TRUE(run(queue_->release(held.id)));
  EXPECT_EQ(leased().id.token, first);
}

TEST_P(Contract, RetriesAfterABackOffAndDiesOfTheThirdFailure) {
  const std::string token = accepted("");
  for (const unsigned attempt : {1U, 2U}) {
    const Leased held = leased();
    EXPECT_EQ(held.attempt, attempt);
    EXPECT_EQ(*run(queue_->retry(held.id, "clone: EAGAIN", "final")), State::Queued);
    EXPECT_FALSE(leased_now()) << "no back-off";
    backend_->pass(1s);
  }
  const Leased last = leased();
  EXPECT_EQ(last.attempt, 3U);
  EXPECT_EQ(*run(queue_->retry(last.id, "clone: EAGAIN", "final")), State::Dead);
  const Record record = found(token);
  EXPECT_EQ(record.state, State::Dead);
  EXPECT_EQ(record.result, "final");
  EXPECT_EQ(queue_->totals().retried, 2U);
  EXPECT_EQ(queue_->totals().dead, 1U);
}

TEST_P(Contract, CancelEndsAQueuedJobAtOnce) {
  const std::string token = accepted("");
  const std::string other = accepted("");
  ASSERT_TRUE(run(queue_->cancel(token, "cancelled")));
  EXPECT_EQ(found(token).state, State::Cancelled);
  EXPECT_EQ(found(token).result, "cancelled");
  EXPECT_EQ(leased().id.token, other);
  EXPECT_FALSE(leased_now());
  EXPECT_EQ(run(queue_->cancel(token, "again")).error().code, Errc::Finished);
  EXPECT_EQ(run(queue_->cancel("no such", "")).error().code, Errc::NotFound);
}

TEST_P(Contract, CancelStopsTheHolderWhoseResultIsThenRefused) {
  const std::string token = accepted("");
  const Leased held = leased();
  ASSERT_TRUE(run(queue_->cancel(token, "cancelled")));
  EXPECT_TRUE(held.cancelled.stop_requested());
  EXPECT_EQ(run(queue_->complete(held.id, "late")).error().code, Errc::LeaseLost);
  EXPECT_EQ(found(token).result, "cancelled");
}

TEST_P(Contract, ACancelThatRacesACompletionLeavesOneEnd) {
  for (int round = 0; round < 50; ++round) {
    const std::string token = accepted("");
    const Leased held = leased();
    asio::io_context loop{1};
    bool cancelled = false;
    bool completed = false;
    const auto complete = [&] {
      asio::co_spawn(loop, queue_->complete(held.id, "done"),
                     [&](std::exception_ptr, const Result<>& r) { completed = r.has_value(); });
    };
    if (round % 2 == 0) complete();
    asio::co_spawn(loop, queue_->cancel(token, "cancelled"),
                   [&](std::exception_ptr, const Result<>& r) { cancelled = r.has_value(); });
    if (round % 2 == 1) complete();
    loop.run();
    ASSERT_NE(cancelled, completed);
    EXPECT_EQ(found(token).state, completed ? State::Done : State::Cancelled);
    EXPECT_EQ(found(token).result, completed ? "done" : "cancelled");
  }
}

TEST_P(Contract, AnIdempotencyKeyYieldsTheFirstJobAgain) {
  const auto first = run(queue_->accept(job("a", "key", "digest")));
  const auto second = run(queue_->accept(job("a", "key", "digest")));
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(second->token, first->token);
  EXPECT_EQ(queue_->depth().queued, 1U);
  EXPECT_EQ(run(queue_->accept(job("b", "key", "other"))).error().code, Errc::IdempotencyConflict);
  EXPECT_TRUE(run(queue_->accept(job("b", "other key", "other"))));
}

TEST_P(Contract, AHundredAtOnceWithOneKeyAreOneJob) {
  asio::io_context loop{1};
  std::vector<std::string> tokens;
  for (int i = 0; i < 100; ++i) {
    asio::co_spawn(loop, queue_->accept(job("a", "key", "digest")),
                   [&](std::exception_ptr, const Result<Accepted>& answer) {
                     if (answer) tokens.push_back(answer->token);
                   });
  }
  loop.run();
  ASSERT_EQ(tokens.size(), 100U);
  for (const std::string& token : tokens) EXPECT_EQ(token, tokens.front());
  EXPECT_EQ(queue_->depth().queued, 1U);
}

TEST_P(Contract, AcceptAllIsAllOrNone) {
  ASSERT_TRUE(run(queue_->accept(job("", "taken", "digest"))));
  std::vector<NewJob> conflicting{job("1"), job("2", "taken", "other"), job("3")};
  const std::string first = conflicting.front().token;
  EXPECT_EQ(run(queue_->accept_all(conflicting)).error().code, Errc::IdempotencyConflict);
  EXPECT_EQ(run(queue_->find(first)).error().code, Errc::NotFound);
  EXPECT_EQ(queue_->depth().queued, 1U);

  const auto all = run(queue_->accept_all({job("1"), job("2", "taken", "digest"), job("3")}));
  ASSERT_TRUE(all) << all.error().what;
  ASSERT_EQ(all->size(), 3U);
  EXPECT_FALSE((*all)[0].replayed);
  EXPECT_TRUE((*all)[1].replayed);
  EXPECT_EQ(queue_->depth().queued, 3U);
}

TEST_P(Contract, RefusesMoreThanItsCapacityUntilAJobLeaves) {
  for (std::size_t i = 0; i < kCapacity; ++i) accepted("");
  EXPECT_EQ(queue_->depth().queued, kCapacity);
  EXPECT_EQ(queue_->depth().capacity, kCapacity);
  EXPECT_EQ(run(queue_->accept(job(""))).error().code, Errc::Full);
  EXPECT_EQ(run(queue_->accept_all({job(""), job("")})).error().code, Errc::Full);
  leased();
  EXPECT_TRUE(run(queue_->accept(job(""))));
  EXPECT_EQ(run(queue_->accept(job(""))).error().code, Errc::Full);
}

TEST_P(Contract, TellsItsDepthAndTotals) {
  const std::string token = accepted("");
  accepted("");
  accepted("");
  const Leased held = leased();
  EXPECT_EQ(queue_->depth().queued, 2U);
  EXPECT_EQ(queue_->depth().leased, 1U);
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  ASSERT_TRUE(run(queue_->cancel(leased().id.token, "")));
  EXPECT_EQ(queue_->depth().leased, 0U);
  const Totals totals = queue_->totals();
  EXPECT_EQ(totals.accepted, 3U);
  EXPECT_EQ(totals.done, 1U);
  EXPECT_EQ(totals.cancelled, 1U);
  EXPECT_TRUE(queue_->healthy());
}

TEST_P(Contract, AStreamTellsAJobsLifeInOrder) {
  const std::string token = accepted("");
  EXPECT_EQ(kinds(token), (Kinds{"queued"}));
  const Leased held = leased();
  queue_->progress(held.id, "compiled", R"({"cached":false})");
  queue_->progress(held.id, "test", R"({"index":0})");
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  const auto answer = run(queue_->events(token, 0, 0ms));
  ASSERT_TRUE(answer);
  EXPECT_EQ(kinds(token), (Kinds{"queued", "running", "compiled", "test", "finished"}));
  for (std::size_t i = 0; i < answer->events.size(); ++i) EXPECT_EQ(answer->events[i].seq, i + 1);
  EXPECT_EQ(answer->events[3].data, R"({"index":0})");
  EXPECT_TRUE(answer->ended);
  EXPECT_EQ(kinds(token, 3), (Kinds{"test", "finished"}));
  EXPECT_EQ(run(queue_->events("no such", 0, 0ms)).error().code, Errc::NotFound);
}

TEST_P(Contract, ANewAttemptIsTold) {
  const std::string token = accepted("");
  ASSERT_TRUE(run(queue_->retry(leased().id, "cause", "")));
  backend_->pass(1s);
  leased();
  const Kinds all = kinds(token);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back(), "restarted");
}

TEST_P(Contract, ProgressOfALostLeaseIsDropped) {
  const std::string token = accepted("");
  const Leased first = leased();
  ASSERT_TRUE(run(queue_->release(first.id)));
  const Leased second = leased();
  queue_->progress(first.id, "test", "{}");
  queue_->progress(second.id, "compiled", "{}");
  ASSERT_TRUE(run(queue_->complete(second.id, "")));
  const Kinds all = kinds(token);
  EXPECT_EQ(std::count(all.begin(), all.end(), "test"), 0);
  EXPECT_EQ(std::count(all.begin(), all.end(), "compiled"), 1);
}

TEST_P(Contract, AListenerIsWokenByTheNextEvent) {
  const std::string token = accepted("");
  const Leased held = leased();
  asio::io_context loop{1};
  std::string heard;
  asio::co_spawn(loop, queue_->events(token, 2, 10s), [&](std::exception_ptr, auto answer) {
    for (const Event& event : answer->events) heard += event.kind;
  });
  asio::co_spawn(loop, queue_->complete(held.id, ""), [](std::exception_ptr, auto) {});
  loop.run();
  EXPECT_EQ(heard, "finished");
}

TEST_P(Contract, AListenersPatienceEnds) {
  const std::string token = accepted("");
  const auto answer = run(queue_->events(token, 1, 20ms));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->events.empty());
  EXPECT_FALSE(answer->ended);
}

TEST_P(Contract, WaitsForTheEndOfAJob) {
  const std::string token = accepted("");
  EXPECT_FALSE(*run(queue_->wait_until_finished(token, 20ms)));
  const Leased held = leased();
  asio::io_context loop{1};
  bool finished = false;
  asio::co_spawn(loop, queue_->wait_until_finished(token, 10s),
                 [&](std::exception_ptr, auto answer) { finished = *answer; });
  asio::co_spawn(loop, queue_->complete(held.id, ""), [](std::exception_ptr, auto) {});
  loop.run();
  EXPECT_TRUE(finished);
  EXPECT_TRUE(*run(queue_->wait_until_finished(token, 0ms)));
  EXPECT_EQ(run(queue_->wait_until_finished("no such", 0ms)).error().code, Errc::NotFound);
}

TEST_P(Contract, ACancelledWaitEndsAndTakesNoJobWithIt) {
  asio::io_context loop{1};
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(loop, queue_->lease(1h),
                 asio::bind_cancellation_slot(
                     stop.slot(), [&](std::exception_ptr, const auto& answer) {
                       ended = true;
                       EXPECT_EQ(answer.error().code, std::errc::operation_canceled);
                     }));
  asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
  loop.run();
  EXPECT_TRUE(ended);
  const std::string token = accepted("");
  EXPECT_EQ(leased().id.token, token);
}

TEST_P(Contract, ACancelledListenerIsForgotten) {
  const std::string token = accepted("");
  for (const bool until_end : {false, true}) {
    asio::io_context loop{1};
    asio::cancellation_signal stop;
    const auto stopped = [&](std::exception_ptr, const auto& answer) { EXPECT_FALSE(answer); };
    if (until_end) {
      asio::co_spawn(loop, queue_->wait_until_finished(token, 1h),
                     asio::bind_cancellation_slot(stop.slot(), stopped));
    } else {
      asio::co_spawn(loop, queue_->events(token, 1, 1h),
                     asio::bind_cancellation_slot(stop.slot(), stopped));
    }
    asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
    loop.run();
  }
  EXPECT_TRUE(run(queue_->complete(leased().id, "")));
}

TEST_P(Contract, ALeaseCancelledAsItIsGrantedGoesBack) {
  for (int round = 0; round < 50; ++round) {
    const std::string token = accepted("");
    asio::io_context loop{1};
    asio::cancellation_signal stop;
    std::optional<Leased> got;
    asio::co_spawn(loop, queue_->lease(1h),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, auto answer) {
                     if (answer) got = *std::move(answer);
                   }));
    loop.run_one();  // The call is on its way; its answer races the cancellation.
    for (int turns = 0; turns < round % 3; ++turns) loop.poll_one();
    stop.emit(asio::cancellation_type::terminal);
    loop.run();
    const Leased held = got ? *got : leased();
    EXPECT_EQ(held.id.token, token);
    ASSERT_TRUE(run(queue_->complete(held.id, "")));
  }
}

TEST_P(Contract, ALoopMayGoWhileItsCallsWait) {
  const std::string token = accepted("");
  const Leased held = leased();
  {
    asio::io_context loop{1};
    const auto never = [](std::exception_ptr, const auto&) { ADD_FAILURE() << "resumed"; };
    asio::co_spawn(loop, queue_->lease(1h), never);
    asio::co_spawn(loop, queue_->events(token, 2, 1h), never);
    asio::co_spawn(loop, queue_->wait_until_finished(token, 1h), never);
    loop.poll();
  }
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  EXPECT_EQ(found(token).state, State::Done);
  const std::string next = accepted("");
  EXPECT_EQ(leased().id.token, next) << "a lease given to a caller that is gone comes back";
}

TEST_P(Contract, WhatWasAcknowledgedOutlivesTheQueue) {
  const std::string done = accepted("done");
  ASSERT_TRUE(run(queue_->complete(leased().id, "result")));
  const auto keyed = run(queue_->accept(job("waiting", "key", "digest")));
  ASSERT_TRUE(keyed);
  queue_.reset();
  queue_ = backend_->open(kCapacity);
  EXPECT_EQ(found(done).result, "result");
  EXPECT_EQ(found(keyed->token).state, State::Queued);
  const auto again = run(queue_->accept(job("waiting", "key", "digest")));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->token, keyed->token);
  const auto events = run(queue_->events(done, 0, 0ms));
  ASSERT_TRUE(events);
  ASSERT_FALSE(events->events.empty());
  EXPECT_EQ(events->events.back().kind, "finished");
  EXPECT_TRUE(events->ended);
  EXPECT_EQ(leased().spec, "waiting");
}

}  // namespace evalx::queue
