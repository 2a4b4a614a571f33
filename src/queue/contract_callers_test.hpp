#pragma once
// The contract with clients that follow a job, cancel it, or disconnect.

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <thread>

#include "queue/contract_fixture_test.hpp"

namespace evalx::queue {

using Kinds = std::vector<std::string>;

TEST_P(Contract, AStreamShowsAJobsEventsInOrder) {
  const std::string token = accepted("");
  EXPECT_EQ(kinds(token), (Kinds{"queued"}));
  const Leased held = leased();
  queue_->progress(held.id, "compiled", R"({"cached":false})");
  queue_->progress(held.id, "test", R"({"index":0})");
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  const Events all = events(token);
  EXPECT_EQ(kinds(token), (Kinds{"queued", "running", "compiled", "test", "finished"}));
  for (std::size_t i = 0; i < all.events.size(); ++i) EXPECT_EQ(all.events[i].seq, i + 1);
  EXPECT_EQ(all.events[3].data, R"({"index":0})");
  EXPECT_TRUE(all.ended);
  EXPECT_TRUE(all.is_whole);
  const Events rest = events(token, {all.life, 3});
  EXPECT_TRUE(rest.continues);
  EXPECT_EQ(kinds_of(rest), (Kinds{"test", "finished"}));
  EXPECT_TRUE(events(token, {all.life, 5}).ended);
  EXPECT_EQ(run(queue_->events("no such", {}, 0ms)).error().code, Errc::NotFound);
}

TEST_P(Contract, APlaceThatIsNotInTheStreamGetsAllOfItAgain) {
  const std::string token = accepted("");
  const Leased held = leased();
  queue_->progress(held.id, "test", "{}");
  const Events first = events(token, place(token, 2), 10s);
  ASSERT_EQ(kinds_of(first), (Kinds{"test"}));
  for (const Place& elsewhere : {Place{"another life", 2}, Place{first.life, 4}, Place{"", 3}}) {
    const Events all = events(token, elsewhere, 10s);
    EXPECT_FALSE(all.continues);
    EXPECT_EQ(kinds_of(all), (Kinds{"queued", "running", "test"})) << elsewhere.life;
  }
}

TEST_P(Contract, AStreamOfTenThousandTestsContinuesAtAnyPlace) {
  constexpr std::size_t kTests = 10'000;
  const std::string token = accepted("");
  const Leased held = leased();
  const std::string data(250, 'x');
  queue_->progress(held.id, "test", data);
  ASSERT_EQ(events(token, place(token, 2), 10s).events.size(), 1U);  // The script is loaded.
  for (std::size_t i = 1; i < kTests; ++i) queue_->progress(held.id, "test", data);
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  Place at = place(token, 703);
  Events page;
  std::size_t tests = 0;
  do {
    page = events(token, at);
    ASSERT_TRUE(page.continues);
    ASSERT_FALSE(page.events.empty());
    for (const Event& event : page.events) {
      ASSERT_EQ(event.seq, ++at.seq);
      tests += event.kind == "test" ? 1 : 0;
    }
  } while (!page.ended);
  EXPECT_EQ(tests, kTests - 701);
  EXPECT_TRUE(page.is_whole);
}

TEST_P(Contract, ANewStartOfTheStoreRepeatsNoEventUnnoticed) {
  const std::string token = accepted("");
  const Leased held = leased();
  queue_->progress(held.id, "test", "1");
  const Events before = events(token, place(token, 2), 10s);
  ASSERT_EQ(kinds_of(before), (Kinds{"test"}));
  ASSERT_TRUE(run(queue_->release(held.id)));
  queue_.reset();
  queue_ = backend_->open(kCapacity);
  const Leased again = leased();
  queue_->progress(again.id, "test", "1");
  ASSERT_TRUE(run(queue_->complete(again.id, "")));
  const Events after = events(token, {before.life, 3});
  EXPECT_TRUE(after.ended);
  EXPECT_TRUE(after.is_whole);
  // A client that has the first test begins anew by either of two events.
  if (after.continues) {
    EXPECT_EQ(kinds_of(after), (Kinds{"restarted", "test", "finished"}));
  } else {
    EXPECT_EQ(kinds_of(after), (Kinds{"queued", "running", "test", "finished"}));
  }
}

TEST_P(Contract, AStreamThatIsPolledKeepsItsLife) {
  const std::string token = accepted("");
  const Place queued = place(token, 1);
  EXPECT_TRUE(events(token, queued, 20ms).events.empty());
  EXPECT_TRUE(events(token, queued, 20ms).continues);
  leased();
  const Events news = events(token, queued);
  EXPECT_TRUE(news.continues);
  EXPECT_EQ(kinds_of(news), (Kinds{"running"}));
}

TEST_P(Contract, AFinishedJobIsErasedWithAllThatBelongsToIt) {
  const std::string token = accepted("spec");
  EXPECT_EQ(run(queue_->erase(token)).error().code, Errc::NotFound) << "it waits";
  const Leased held = leased();
  EXPECT_EQ(run(queue_->erase(token)).error().code, Errc::NotFound) << "it runs";
  ASSERT_TRUE(run(queue_->complete(held.id, "result")));
  ASSERT_TRUE(run(queue_->erase(token)));
  EXPECT_EQ(run(queue_->find(token)).error().code, Errc::NotFound);
  EXPECT_EQ(run(queue_->wait_until_finished(token, 0ms)).error().code, Errc::NotFound);
  EXPECT_EQ(run(queue_->erase(token)).error().code, Errc::NotFound);
  EXPECT_EQ(run(queue_->erase("no such")).error().code, Errc::NotFound);
  const std::string dead = accepted("");
  ASSERT_TRUE(run(queue_->reject(leased().id, "cause", "final")));
  ASSERT_TRUE(run(queue_->erase(dead)));
  EXPECT_EQ(run(queue_->redrive(dead)).error().code, Errc::NotFound);
  const auto page = run(queue_->list({.state = State::Dead, .older_than = {}, .after = {}}));
  EXPECT_TRUE(page->jobs.empty());
}

TEST_P(Contract, ANewAttemptIsAnEvent) {
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

TEST_P(Contract, AFollowerIsAnsweredWithTheNextEvent) {
  const std::string token = accepted("");
  const Leased held = leased();
  asio::io_context loop{1};
  std::string heard;
  asio::co_spawn(loop, queue_->events(token, place(token, 2), 10s), [&](std::exception_ptr, auto answer) {
    for (const Event& event : answer->events) heard += event.kind;
  });
  asio::co_spawn(loop, queue_->complete(held.id, ""), [](std::exception_ptr, auto) {});
  loop.run();
  EXPECT_EQ(heard, "finished");
}

TEST_P(Contract, AFollowersPatienceEnds) {
  const std::string token = accepted("");
  const Events answer = events(token, place(token, 1), 20ms);
  EXPECT_TRUE(answer.events.empty());
  EXPECT_FALSE(answer.ended);
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

TEST_P(Contract, EndedWaitsAreAnsweredAtOnce) {
  const std::string token = accepted("");
  asio::io_context loop{1};
  int answered = 0;
  asio::co_spawn(loop, queue_->wait_until_finished(token, 1h),
                 [&](std::exception_ptr, const auto& answer) {
                   ++answered;
                   EXPECT_FALSE(answer.value());
                 });
  const Place here = place(token, 1);
  asio::co_spawn(loop, queue_->events(token, here, 1h), [&](std::exception_ptr, const auto& answer) {
    ++answered;
    EXPECT_TRUE(answer.value().events.empty());
    EXPECT_FALSE(answer.value().ended);
  });
  asio::post(loop, [&] { queue_->end_waits(); });
  loop.run();
  EXPECT_EQ(answered, 2);

  // Later calls do not wait either; and workers go on.
  EXPECT_FALSE(*run(queue_->wait_until_finished(token, 1h)));
  EXPECT_EQ(run(queue_->wait_until_finished("no such", 1h)).error().code, Errc::NotFound);
  EXPECT_TRUE(events(token, here, 1h).events.empty());
  EXPECT_EQ(events(token, {}, 1h).events.size(), 1U);
  EXPECT_TRUE(run(queue_->complete(leased().id, "")));
  EXPECT_TRUE(*run(queue_->wait_until_finished(token, 1h)));
}

TEST_P(Contract, ACancelledWaitEndsAndTakesNoJobWithIt) {
  asio::io_context loop{1};
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(
      loop, queue_->lease(1h),
      asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, const auto& answer) {
        ended = true;
        EXPECT_EQ(answer.error().code, std::errc::operation_canceled);
      }));
  asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
  loop.run();
  EXPECT_TRUE(ended);
  const std::string token = accepted("");
  EXPECT_EQ(leased().id.token, token);
}

TEST_P(Contract, ACancelledFollowerIsRemoved) {
  const std::string token = accepted("");
  for (const bool until_end : {false, true}) {
    asio::io_context loop{1};
    asio::cancellation_signal stop;
    const auto stopped = [&](std::exception_ptr, const auto& answer) { EXPECT_FALSE(answer); };
    if (until_end) {
      asio::co_spawn(loop, queue_->wait_until_finished(token, 1h),
                     asio::bind_cancellation_slot(stop.slot(), stopped));
    } else {
      asio::co_spawn(loop, queue_->events(token, place(token, 1), 1h),
                     asio::bind_cancellation_slot(stop.slot(), stopped));
    }
    asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
    loop.run();
  }
  EXPECT_TRUE(run(queue_->complete(leased().id, "")));
}

TEST_P(Contract, ALeaseCancelledWhileItIsGrantedIsReleased) {
  for (int round = 0; round < 50; ++round) {
    const std::string token = accepted("");
    asio::io_context loop{1};
    asio::cancellation_signal stop;
    std::optional<Leased> got;
    asio::co_spawn(loop, queue_->lease(1h),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, auto answer) {
                     if (answer) got = *std::move(answer);
                   }));
    loop.run_one();  // The call is under way; its answer races the cancellation.
    for (int turns = 0; turns < round % 3; ++turns) loop.poll_one();
    stop.emit(asio::cancellation_type::terminal);
    loop.run();
    const Leased held = got ? *got : leased();
    EXPECT_EQ(held.id.token, token);
    ASSERT_TRUE(run(queue_->complete(held.id, "")));
  }
}

/// Submits `jobs` jobs and works until all are finished; it may also get jobs of other threads.
inline Task<> work_through(Queue* queue, int jobs, int* finished) {
  for (int i = 0; i < jobs; ++i) {
    NewJob job{submission::new_token(), "spec", std::nullopt};
    const std::string token = job.token;
    const auto accepted = co_await queue->accept(std::move(job));
    const auto leased = co_await queue->lease(10s);
    if (!accepted || !leased || !*leased) co_return;
    queue->progress((*leased)->id, "test", "{}");
    const auto done = co_await queue->complete((*leased)->id, (*leased)->id.token);
    const auto ended = co_await queue->wait_until_finished(token, 10s);
    Place begin;
    const auto events = co_await queue->events(token, std::move(begin), 0ms);
    const auto record = co_await queue->find(token);
    if (!done || !ended || !*ended || !events || !events->ended || !record) co_return;
    if (record->result == token && queue->figures().queued <= 64) ++*finished;
  }
}

TEST_P(Contract, ServesSeveralThreadsAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kJobs = 50;
  std::array<int, kThreads> finished{};
  {
    std::vector<std::jthread> threads;
    for (int& count : finished) {
      threads.emplace_back([&count, queue = queue_.get()] {
        asio::io_context loop{1};
        asio::co_spawn(loop, work_through(queue, kJobs, &count), asio::detached);
        asio::co_spawn(loop, work_through(queue, kJobs, &count), asio::detached);
        loop.run();
      });
    }
  }
  for (const int count : finished) EXPECT_EQ(count, 2 * kJobs);
  EXPECT_EQ(queue_->figures().done, 2U * kJobs * kThreads);
  EXPECT_EQ(queue_->figures().leased, 0U);
}

TEST_P(Contract, ALoopMayBeDestroyedWhileItsCallsWait) {
  const std::string token = accepted("");
  const Leased held = leased();
  {
    asio::io_context loop{1};
    const auto never = [](std::exception_ptr, const auto&) { ADD_FAILURE() << "resumed"; };
    asio::co_spawn(loop, queue_->lease(1h), never);
    asio::co_spawn(loop, queue_->events(token, place(token, 2), 1h), never);
    asio::co_spawn(loop, queue_->wait_until_finished(token, 1h), never);
    loop.poll();
  }
  ASSERT_TRUE(run(queue_->complete(held.id, "")));
  EXPECT_EQ(found(token).state, State::Done);
  const std::string next = accepted("");
  EXPECT_EQ(leased().id.token, next) << "the lease of a destroyed caller is released";
}

}  // namespace evalx::queue
