#pragma once
// The contract of callbacks: they are due when their job ends, by any of its ends, and are
// sent until they are settled.

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <set>
#include <thread>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

class CallbacksContract : public Contract {
 protected:
  static NewJob calling(std::string lane = "host", std::string target = "target") {
    NewJob fresh = job("spec");
    fresh.callback = CallbackRequest{std::move(lane), std::move(target)};
    return fresh;
  }
  std::string asked(std::string lane = "host") {
    auto answer = run(queue_->accept(calling(std::move(lane))));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer->token;
  }
  /// A job that has ended.
  std::string ended(std::string lane = "host") {
    std::string token = asked(std::move(lane));
    EXPECT_TRUE(run(queue_->cancel(token, "result")));
    return token;
  }
  std::vector<DueCallback> taken(std::size_t limit = 1, Milliseconds patience = 5s) {
    auto answer = run(queue_->take_callbacks(limit, patience));
    EXPECT_TRUE(answer) << answer.error().what;
    return *std::move(answer);
  }
  DueCallback taken_one() {
    auto all = taken();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? DueCallback{} : all.front();
  }
  Result<> settled(const DueCallback& callback, CallbackEnd::Kind kind,
                   Microseconds retry_in = Microseconds{0}, std::string words = "words") {
    return run(queue_->settle_callback(callback.id, {kind, retry_in, std::move(words)}));
  }
  ListedCallback shown(const std::string& token) {
    auto found = run(queue_->find_callback(token));
    EXPECT_TRUE(found) << found.error().what;
    return found ? *std::move(found) : ListedCallback{};
  }
  std::vector<std::string> listed(CallbackFilter::Which which, std::size_t limit = 100) {
    std::vector<std::string> tokens;
    CallbackFilter filter{which, "", limit};
    do {
      const auto page = run(queue_->list_callbacks(filter));
      EXPECT_TRUE(page) << page.error().what;
      if (!page) break;
      for (const auto& callback : page->callbacks) tokens.push_back(callback.token);
      filter.after = page->next;
    } while (!filter.after.empty());
    return tokens;
  }
  void reopen() {
    queue_.reset();
    queue_ = backend_->open(kCapacity);
  }

  using Kind = CallbackEnd::Kind;
  using Which = CallbackFilter::Which;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CallbacksContract);

TEST_P(CallbacksContract, IsDueWhenItsJobIsDone) {
  const std::string token = asked();
  EXPECT_EQ(shown(token).state, CallbackState::Asked);
  const Leased job = leased();
  EXPECT_TRUE(taken(1, 0ms).empty());
  ASSERT_TRUE(run(queue_->complete(job.id, "result")));
  const DueCallback callback = taken_one();
  EXPECT_EQ(callback.id.token, token);
  EXPECT_EQ(callback.target, "target");
  EXPECT_EQ(callback.round, 1U);
  EXPECT_EQ(callback.attempt, 1U);
  EXPECT_EQ(shown(token).state, CallbackState::Sending);
  EXPECT_EQ(found(token).result, "result");
  ASSERT_TRUE(settled(callback, Kind::Delivered));
  EXPECT_EQ(shown(token).state, CallbackState::Delivered);
  EXPECT_EQ(shown(token).words, "words");
  EXPECT_TRUE(taken(1, 0ms).empty());
}

TEST_P(CallbacksContract, IsDueAtEachKindOfEnd) {
  const std::string cancelled = ended();
  const std::string rejected = asked();
  ASSERT_TRUE(run(queue_->reject(leased().id, "cause", "result")));
  NewJob late = calling();
  late.expires_after = 10ms;
  const std::string expired = run(queue_->accept(late))->token;
  backend_->pass(20ms);
  std::set<std::string> tokens;
  while (tokens.size() < 3) {
    const auto due = taken(8);
    if (due.empty()) break;
    for (const DueCallback& callback : due) {
      tokens.insert(callback.id.token);
      EXPECT_TRUE(settled(callback, Kind::Delivered));
    }
  }
  EXPECT_EQ(tokens, (std::set<std::string>{cancelled, rejected, expired}));
}

TEST_P(CallbacksContract, AJobWithoutOneHasNone) {
  const std::string token = accepted("spec");
  ASSERT_TRUE(run(queue_->cancel(token, "result")));
  EXPECT_TRUE(taken(1, 50ms).empty());
  EXPECT_EQ(run(queue_->find_callback(token)).error().code, Errc::NotFound);
  EXPECT_EQ(run(queue_->resend_callback(token)).error().code, Errc::NotFound);
}

TEST_P(CallbacksContract, AWaitingCallGetsItAtOnce) {
  const std::string token = asked();
  std::optional<std::vector<DueCallback>> due;
  asio::io_context loop{1};
  asio::co_spawn(loop, queue_->take_callbacks(4, 30s),
                 [&](const std::exception_ptr&, auto answer) { due = *std::move(answer); });
  loop.run_for(50ms);
  ASSERT_FALSE(due);
  ASSERT_TRUE(run(queue_->cancel(token, "result")));
  loop.run_for(10s);
  ASSERT_TRUE(due);
  ASSERT_EQ(due->size(), 1U);
  EXPECT_EQ(due->front().id.token, token);
}

TEST_P(CallbacksContract, ARetryWaits) {
  const std::string token = ended();
  ASSERT_TRUE(settled(taken_one(), Kind::Retry, 300ms, "the receiver answered 503"));
  EXPECT_TRUE(taken(1, 0ms).empty());
  EXPECT_EQ(shown(token).state, CallbackState::Waiting);
  EXPECT_EQ(shown(token).words, "the receiver answered 503");
  ASSERT_TRUE(shown(token).due);
  backend_->pass(320ms);
  const DueCallback again = taken_one();
  EXPECT_EQ(again.id.token, token);
  EXPECT_EQ(again.attempt, 2U);
}

TEST_P(CallbacksContract, AStoppedAttemptIsNotCharged) {
  const std::string token = ended();
  ASSERT_TRUE(settled(taken_one(), Kind::Uncharged));
  const DueCallback again = taken_one();
  EXPECT_EQ(again.id.token, token);
  EXPECT_EQ(again.attempt, 1U);
}

TEST_P(CallbacksContract, OnlyTheHolderSettlesItAndOnce) {
  ended();
  const DueCallback first = taken_one();
  ASSERT_TRUE(settled(first, Kind::Uncharged));
  EXPECT_EQ(settled(first, Kind::Delivered).error().code, Errc::LeaseLost);
  const DueCallback second = taken_one();
  EXPECT_EQ(settled(first, Kind::Delivered).error().code, Errc::LeaseLost);
  EXPECT_TRUE(settled(second, Kind::Delivered));
  DueCallback unknown;
  unknown.id = {submission::new_token(), 7};
  EXPECT_EQ(settled(unknown, Kind::Delivered).error().code, Errc::LeaseLost);
}

TEST_P(CallbacksContract, ASlowLaneDelaysNoOther) {
  for (std::size_t i = 0; i < kCallbacksPerLane + 2; ++i) ended("slow");
  const std::string other = ended("other");
  std::vector<std::string> tokens;
  std::vector<DueCallback> slow;
  for (const DueCallback& callback : taken(100)) {
    tokens.push_back(callback.id.token);
    if (callback.id.token != other) slow.push_back(callback);
  }
  EXPECT_THAT(tokens, testing::Contains(other));
  ASSERT_EQ(slow.size(), kCallbacksPerLane);
  EXPECT_TRUE(taken(100, 0ms).empty());
  ASSERT_TRUE(settled(slow.front(), Kind::Delivered));
  EXPECT_EQ(taken(100).size(), 1U) << "the lane has room again";
}

TEST_P(CallbacksContract, ADeadOneIsListedAndMayBeSentAgain) {
  const std::string token = ended();
  ASSERT_TRUE(settled(taken_one(), Kind::Dead, 0us, "the receiver answered 410"));
  EXPECT_THAT(listed(Which::Dead), testing::ElementsAre(token));
  EXPECT_THAT(listed(Which::Waiting), testing::IsEmpty());
  const ListedCallback dead = shown(token);
  EXPECT_EQ(dead.state, CallbackState::Dead);
  EXPECT_EQ(dead.attempt, 1U);
  EXPECT_EQ(dead.lane, "host");
  EXPECT_EQ(dead.target, "target");
  EXPECT_TRUE(dead.ended_at);
  ASSERT_TRUE(run(queue_->resend_callback(token)));
  const DueCallback again = taken_one();
  EXPECT_EQ(again.id.token, token);
  EXPECT_EQ(again.attempt, 1U);
  EXPECT_EQ(again.round, 1U) << "it is the same message";
  EXPECT_THAT(listed(Which::Dead), testing::IsEmpty());
  EXPECT_THAT(listed(Which::Waiting), testing::ElementsAre(token));
}

TEST_P(CallbacksContract, AnAskedOneCannotBeSentYet) {
  EXPECT_EQ(run(queue_->resend_callback(asked())).error().code, Errc::NotFound);
}

TEST_P(CallbacksContract, ListsAreReadPageByPage) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 5; ++i) {
    tokens.push_back(ended());
    backend_->pass(5ms);
  }
  EXPECT_EQ(listed(Which::Waiting, 2), tokens);
  CallbackFilter none;
  none.limit = 0;
  EXPECT_FALSE(run(queue_->list_callbacks(none)));
  CallbackFilter wrong;
  wrong.after = "here";
  EXPECT_FALSE(run(queue_->list_callbacks(wrong)));
}

TEST_P(CallbacksContract, ARedrivenJobCallsAgain) {
  const std::string token = asked();
  ASSERT_TRUE(run(queue_->reject(leased().id, "cause", "result")));
  const DueCallback first = taken_one();
  ASSERT_TRUE(run(queue_->redrive(token)));
  EXPECT_EQ(settled(first, Kind::Delivered).error().code, Errc::LeaseLost);
  EXPECT_EQ(shown(token).state, CallbackState::Asked);
  EXPECT_TRUE(taken(1, 0ms).empty());
  ASSERT_TRUE(run(queue_->complete(leased().id, "better")));
  const DueCallback second = taken_one();
  EXPECT_EQ(second.id.token, token);
  EXPECT_EQ(second.round, 2U);
}

TEST_P(CallbacksContract, AnErasedJobCallsNoOne) {
  const std::string token = ended();
  const std::string sent = ended("other");
  const auto due = taken(2);
  ASSERT_EQ(due.size(), 2U);
  for (const DueCallback& callback : due) {
    if (callback.id.token != token) continue;
    ASSERT_TRUE(settled(callback, Kind::Uncharged));
  }
  ASSERT_TRUE(run(queue_->erase(token)));
  ASSERT_TRUE(run(queue_->erase(sent)));
  for (const DueCallback& callback : due) {
    EXPECT_EQ(settled(callback, Kind::Delivered).error().code, Errc::LeaseLost);
  }
  EXPECT_TRUE(taken(2, 0ms).empty());
  EXPECT_EQ(run(queue_->find_callback(token)).error().code, Errc::NotFound);
}

TEST_P(CallbacksContract, AWithdrawnOneIsNotSent) {
  const std::string open = asked();
  ASSERT_TRUE(run(queue_->withdraw_callback(open)));
  ASSERT_TRUE(run(queue_->cancel(open, "result")));
  const std::string waits = ended("other");
  ASSERT_TRUE(run(queue_->withdraw_callback(waits)));
  EXPECT_TRUE(taken(2, 50ms).empty());
  for (const std::string& token : {open, waits}) {
    EXPECT_EQ(run(queue_->find_callback(token)).error().code, Errc::NotFound);
    EXPECT_EQ(run(queue_->withdraw_callback(token)).error().code, Errc::NotFound);
    EXPECT_EQ(found(token).result, "result");
    EXPECT_TRUE(run(queue_->erase(token)));
  }
}

TEST_P(CallbacksContract, OneThatIsSentCanBeWithdrawn) {
  const std::string token = ended();
  const DueCallback due = taken_one();
  ASSERT_TRUE(run(queue_->withdraw_callback(token)));
  EXPECT_EQ(settled(due, Kind::Retry).error().code, Errc::LeaseLost);
  EXPECT_TRUE(taken(1, 50ms).empty());
  EXPECT_EQ(found(token).result, "result");
}

TEST_P(CallbacksContract, ACloseAndANewStartLoseNone) {
  const std::string waits = ended();
  ASSERT_TRUE(settled(taken_one(), Kind::Retry, 100ms));
  const std::string sent = ended("other");
  ASSERT_EQ(taken(1).size(), 1U);
  const std::string open = asked("third");
  reopen();
  backend_->pass(120ms);
  std::set<std::string> tokens;
  while (tokens.size() < 2) {
    const auto due = taken(4, 20s);
    if (due.empty()) break;
    for (const DueCallback& callback : due) {
      tokens.insert(callback.id.token);
      EXPECT_EQ(callback.attempt, callback.id.token == waits ? 2U : 1U);
      EXPECT_TRUE(settled(callback, Kind::Delivered));
    }
  }
  EXPECT_EQ(tokens, (std::set<std::string>{waits, sent}));
  EXPECT_EQ(shown(open).state, CallbackState::Asked);
  ASSERT_TRUE(run(queue_->cancel(open, "result")));
  EXPECT_EQ(taken_one().id.token, open);
}

TEST_P(CallbacksContract, ACancelledCallLosesNone) {
  asio::io_context loop{1};
  asio::cancellation_signal stop;
  bool is_over = false;
  asio::co_spawn(loop, queue_->take_callbacks(4, 30s),
                 asio::bind_cancellation_slot(
                     stop.slot(), [&](const std::exception_ptr&, auto) { is_over = true; }));
  loop.run_for(50ms);
  stop.emit(asio::cancellation_type::all);
  loop.run_for(10s);
  EXPECT_TRUE(is_over);
  const std::string token = ended();
  EXPECT_EQ(taken_one().id.token, token);
}

TEST_P(CallbacksContract, WaitingOnesOutliveTheCapacityForResults) {
  queue_.reset();
  backend_->result_capacity = Bytes{kept_bytes(4, 1000) * 5 / 2};
  queue_ = backend_->open(kCapacity);
  const auto finish = [&](const NewJob& job) {
    EXPECT_TRUE(run(queue_->accept(job)));
    EXPECT_TRUE(run(queue_->complete(leased().id, std::string(1000, 'r'))));
    backend_->pass(5ms);
    return job.token;
  };
  const std::string waits = finish(calling());
  const DueCallback due = taken_one();
  const std::string plain = finish(job("spec"));
  finish(job("spec"));
  finish(job("spec"));
  const auto is_evicted = [&](const std::string& token) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (run(queue_->find_state(token))) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  };
  EXPECT_TRUE(is_evicted(plain));
  EXPECT_EQ(found(waits).result, std::string(1000, 'r'));
  ASSERT_TRUE(settled(due, Kind::Delivered));
  finish(job("spec"));
  EXPECT_TRUE(is_evicted(waits)) << "it is the oldest one now";
}

TEST_P(CallbacksContract, ResultsThatCallbacksHoldRefuseOnlyJobsWithOneAndSayWhy) {
  queue_.reset();
  backend_->result_capacity = Bytes{kept_bytes(4, 1000) * 3 / 2};
  queue_ = backend_->open(kCapacity);
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  Result<Accepted> refused = run(queue_->accept(calling()));
  while (refused && std::chrono::steady_clock::now() < deadline) {
    ASSERT_TRUE(run(queue_->complete(leased().id, std::string(1000, 'r'))));
    std::this_thread::sleep_for(20ms);
    refused = run(queue_->accept(calling()));
  }
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::Full);
  EXPECT_THAT(refused.error().what, ::testing::EndsWith(kTooManyCallbacks));
  EXPECT_TRUE(run(queue_->accept(job("spec"))));
}

TEST_P(CallbacksContract, FiguresShowWhatWaits) {
  ended();
  const DueCallback due = taken_one();
  EXPECT_EQ(queue_->figures().callbacks_waiting, 1U);
  ASSERT_TRUE(settled(due, Kind::Delivered));
  EXPECT_TRUE(taken(1, 0ms).empty());
  EXPECT_EQ(queue_->figures().callbacks_waiting, 0U);
  EXPECT_EQ(queue_->figures().oldest_callback(), 0s);
}

}  // namespace evalx::queue
