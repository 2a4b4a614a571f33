#pragma once
// The contract of jobs: acceptance, leases, publication, durability.

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

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

TEST_P(Contract, StoresAllBytesUnchanged) {
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
  EXPECT_EQ(run(queue_->find_state("no such")).error().code, Errc::NotFound);
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
  asio::co_spawn(loop, queue_->lease(10s),
                 [&](std::exception_ptr, auto answer) { got = (*answer)->spec; });
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
  EXPECT_EQ(queue_->figures().lease_lost, 1U) << "one lease, however often it is refused";
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
  EXPECT_EQ(queue_->figures().retried, 2U);
  EXPECT_EQ(queue_->figures().dead, 1U);
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

TEST_P(Contract, ACancellationAndACompletionHaveOneWinner) {
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
  EXPECT_EQ(queue_->figures().queued, 1U);
  EXPECT_EQ(run(queue_->accept(job("b", "key", "other"))).error().code, Errc::IdempotencyConflict);
  EXPECT_TRUE(run(queue_->accept(job("b", "other key", "other"))));
}

TEST_P(Contract, AHundredConcurrentCallsWithOneKeyMakeOneJob) {
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
  EXPECT_EQ(queue_->figures().queued, 1U);
}

TEST_P(Contract, AcceptAllIsAllOrNone) {
  ASSERT_TRUE(run(queue_->accept(job("", "taken", "digest"))));
  std::vector<NewJob> conflicting{job("1"), job("2", "taken", "other"), job("3")};
  const std::string first = conflicting.front().token;
  EXPECT_EQ(run(queue_->accept_all(conflicting)).error().code, Errc::IdempotencyConflict);
  EXPECT_EQ(run(queue_->find(first)).error().code, Errc::NotFound);
  EXPECT_EQ(queue_->figures().queued, 1U);

  const auto all = run(queue_->accept_all({job("1"), job("2", "taken", "digest"), job("3")}));
  ASSERT_TRUE(all) << all.error().what;
  ASSERT_EQ(all->size(), 3U);
  EXPECT_FALSE((*all)[0].replayed);
  EXPECT_TRUE((*all)[1].replayed);
  EXPECT_EQ(queue_->figures().queued, 3U);
}

TEST_P(Contract, RefusesMoreThanItsCapacityUntilAJobLeaves) {
  for (std::size_t i = 0; i < kCapacity; ++i) accepted("");
  EXPECT_EQ(queue_->figures().queued, kCapacity);
  EXPECT_EQ(queue_->figures().capacity, kCapacity);
  EXPECT_EQ(run(queue_->accept(job(""))).error().code, Errc::Full);
  EXPECT_EQ(run(queue_->accept_all({job(""), job("")})).error().code, Errc::Full);
  leased();
  EXPECT_TRUE(run(queue_->accept(job(""))));
  EXPECT_EQ(run(queue_->accept(job(""))).error().code, Errc::Full);
}

TEST_P(Contract, ReportsItsFigures) {
  const std::string token = accepted("");
  accepted("");
  accepted("");
  const Leased held = leased();
  EXPECT_EQ(queue_->figures().queued, 2U);
  EXPECT_EQ(queue_->figures().leased, 1U);
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  ASSERT_TRUE(run(queue_->cancel(leased().id.token, "")));
  EXPECT_EQ(queue_->figures().leased, 0U);
  const Figures& figures = queue_->figures();
  EXPECT_EQ(figures.accepted, 3U);
  EXPECT_EQ(figures.done, 1U);
  EXPECT_EQ(figures.cancelled, 1U);
  EXPECT_TRUE(queue_->figures().healthy);
}

TEST_P(Contract, AcknowledgedChangesOutliveTheQueue) {
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
  EXPECT_TRUE(events(done).ended);
  EXPECT_EQ(leased().spec, "waiting");
}

}  // namespace evalx::queue
