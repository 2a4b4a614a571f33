// Callbacks in Redis: senders that die, several processes, other releases, and damage.
#include "queue/callbacks.hpp"

#include <gmock/gmock.h>

#include "queue/eviction.hpp"
#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

using Kind = CallbackEnd::Kind;
using testing::IsEmpty;
using testing::SizeIs;

class CallingBack : public OnRedis {
 protected:
  static NewJob calling(const std::string& lane = "host") {
    NewJob job{submission::new_token(), "123", std::nullopt};
    job.callback = CallbackRequest{lane, "target"};
    return job;
  }
  std::string asked(const std::string& lane = "host") {
    const auto answer = run(queue_->accept(calling(lane)));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer ? answer->token : std::string{};
  }
  std::error_code refused(std::vector<NewJob> jobs) {
    const auto answer = run(queue_->accept_all(std::move(jobs)));
    return answer ? std::error_code{} : answer.error().code;
  }
  std::string ended(const std::string& lane = "host") {
    std::string token = asked(lane);
    EXPECT_TRUE(run(queue_->cancel(token, "1234")));
    return token;
  }
  static std::vector<DueCallback> taken(Queue& queue, std::size_t limit = 16,
                                        Milliseconds patience = 0ms) {
    auto answer = run(queue.take_callbacks(limit, patience));
    EXPECT_TRUE(answer) << answer.error().what;
    return answer ? *std::move(answer) : std::vector<DueCallback>{};
  }
  static DueCallback taken_one(Queue& queue) {
    const auto all = taken(queue, 1, 20s);
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? DueCallback{} : all.front();
  }
  static Result<> settled(Queue& queue, const DueCallback& callback, Kind kind) {
    return run(queue.settle_callback(callback.id, {kind, {}, "words"}));
  }
  ListedCallback shown(const std::string& token) {
    const auto found = run(queue_->find_callback(token));
    EXPECT_TRUE(found) << found.error().what;
    return found ? *found : ListedCallback{};
  }
  /// Its lease ends, as if its sender had been killed.
  void kill_sender(const std::string& token) {
    server_->run({"ZADD", key("callback_sent:host"), "1", token});
    server_->run({"ZADD", key("callback_lanes"), "1", "host"});
  }
  /// Ends a job without its callback, as a release does that does not know callbacks.
  void end_by_earlier_release(const std::string& token) {
    const std::string now = server_->run({"TIME"}).at(0).text + "000000";
    server_->run({"HSET", key("job:" + token), "state", "2", "ended_at", now, "kept", "2055"});
    server_->run({"SET", key("result:" + token), "1234"});
    server_->run({"ZADD", key("finished"), now, token + " 2055"});
    server_->run({"INCRBY", key("kept_bytes"), "2055"});
    server_->run({"ZREM", key("waiting"), token});
    for (const char* kind : {"job:", "spec:", "result:"}) {
      server_->run({"EXPIRE", key(kind + token), "86400"});
    }
  }
  std::int64_t number_at(const std::vector<std::string>& command) {
    return server_->run(command).integer;
  }
  bool counts(std::uint64_t bytes) {
    return comes_true([&] { return queue_->figures().result_bytes == bytes; });
  }
};

TEST_F(CallingBack, ADeadSenderIsNotCharged) {
  const std::string token = ended();
  auto sender = opened(600ms);
  taken_one(*sender);
  server_->stop(SIGKILL);  // It cannot give it back.
  sender.reset();
  server_->start();
  const DueCallback again = taken_one(*queue_);
  EXPECT_EQ(again.id.token, token);
  EXPECT_EQ(again.attempt, 1U);
  EXPECT_EQ(server_->run({"HGET", key("callback:" + token), "lost"}).text, "1");
  EXPECT_TRUE(settled(*queue_, again, Kind::Delivered));
}

TEST_F(CallingBack, ACallbackThatKillsItsSendersWaitsLongerEachTime) {
  const std::string token = ended();
  const DueCallback first = taken_one(*queue_);
  const auto other = opened();
  std::vector<DueCallback> again;
  ASSERT_TRUE(comes_true([&] {  // Its holder lives, and renews the lease meanwhile.
    kill_sender(token);
    again = taken(*other);
    return !again.empty();
  }));
  EXPECT_EQ(settled(*queue_, first, Kind::Delivered).error().code, Errc::LeaseLost);
  ASSERT_TRUE(comes_true([&] {
    kill_sender(token);
    EXPECT_THAT(taken(*queue_), IsEmpty());
    return server_->run({"HGET", key("callback:" + token), "lost"}).text == "2";
  }));
  EXPECT_EQ(settled(*other, again.front(), Kind::Delivered).error().code, Errc::LeaseLost);
  const ListedCallback waits = shown(token);
  EXPECT_EQ(waits.state, CallbackState::Waiting);
  EXPECT_EQ(waits.attempt, 0U);
  ASSERT_TRUE(waits.due);
  const auto now = std::chrono::system_clock::now();
  EXPECT_GT(*waits.due, now + pause_after_deaths(2) - 10s);
  EXPECT_LE(*waits.due, now + pause_after_deaths(2));
}

TEST_F(CallingBack, ALeaseOutlivesItsTimeWhileItsHolderLives) {
  const auto sender = opened(1500ms);
  const auto other = opened(1500ms);
  ended();
  const DueCallback held = taken_one(*sender);
  EXPECT_THAT(taken(*other, 16, 4s), IsEmpty());
  EXPECT_TRUE(settled(*sender, held, Kind::Delivered));
}

TEST_F(CallingBack, AllProcessesTogetherKeepTheBoundOfALane) {
  const auto other = opened();
  for (std::size_t i = 0; i < kCallbacksPerLane + 3; ++i) ended();
  const auto here = taken(*queue_, kCallbacksPerLane - 1, 20s);
  ASSERT_THAT(here, SizeIs(kCallbacksPerLane - 1));
  EXPECT_THAT(taken(*other), SizeIs(1));
  EXPECT_THAT(taken(*queue_), IsEmpty());
  ASSERT_TRUE(settled(*queue_, here[0], Kind::Delivered));
  ASSERT_TRUE(settled(*queue_, here[1], Kind::Delivered));
  EXPECT_THAT(taken(*other), SizeIs(2));
  EXPECT_THAT(taken(*queue_), IsEmpty());
}

TEST_F(CallingBack, AMessageWakesOtherProcesses) {
  const auto other = opened();
  asio::io_context loop{1};
  std::size_t count = 0;
  asio::co_spawn(loop, other->take_callbacks(4, 20s),
                 [&](const std::exception_ptr&, auto due) { count = due->size(); });
  loop.run_for(50ms);
  ended();
  loop.run();
  EXPECT_EQ(count, 1U);
}

TEST_F(CallingBack, AnEndThatIsSentTwiceIsAcceptedOnce) {
  for (const Kind kind : {Kind::Retry, Kind::Delivered, Kind::Dead}) {
    ended();
    const DueCallback held = taken_one(*queue_);
    ASSERT_TRUE(settled(*queue_, held, kind));
    EXPECT_TRUE(settled(*queue_, held, kind)) << "the first reply may have been lost";
    const Kind other = kind == Kind::Dead ? Kind::Delivered : Kind::Dead;
    EXPECT_EQ(settled(*queue_, held, other).error().code, Errc::LeaseLost);
    for (const DueCallback& again : taken(*queue_)) {
      EXPECT_TRUE(settled(*queue_, again, Kind::Delivered));
    }
  }
}

TEST_F(CallingBack, AnEndDuringAnOutageIsSentLater) {
  const std::string token = ended();
  const DueCallback held = taken_one(*queue_);
  server_->stop(SIGKILL);
  ASSERT_TRUE(comes_true([&] { return !queue_->figures().healthy; }));
  asio::io_context loop{1};
  std::optional<Result<>> answer;
  asio::co_spawn(loop, queue_->settle_callback(held.id, {Kind::Delivered, {}, "words"}),
                 [&](const std::exception_ptr&, Result<> done) { answer = std::move(done); });
  loop.run_for(200ms);
  EXPECT_FALSE(answer);
  server_->start();
  loop.run();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(*answer) << answer->error().what;
  EXPECT_EQ(shown(token).state, CallbackState::Delivered);
}

TEST_F(CallingBack, AWaitingCallbackKeepsItsJobAndTheBytesCount) {
  capacity_ = mebibytes(64);
  queue_ = opened();
  constexpr std::uint64_t kOne = kept_bytes(3, 4);
  const std::string token = ended();
  EXPECT_TRUE(counts(kOne));
  const auto lives_for = [&](const char* kind) { return number_at({"TTL", key(kind + token)}); };
  for (const char* kind : {"job:", "spec:", "result:", "callback:"}) {
    EXPECT_EQ(lives_for(kind), -1) << kind;
  }
  EXPECT_EQ(number_at({"ZCARD", key("finished")}), 0);
  ASSERT_TRUE(settled(*queue_, taken_one(*queue_), Kind::Dead));
  for (const char* kind : {"job:", "spec:", "result:", "callback:"}) {
    EXPECT_GT(lives_for(kind), 86'000) << kind;
  }
  EXPECT_TRUE(counts(kOne));
  EXPECT_EQ(server_->run({"ZRANGE", key("finished"), "0", "0", "WITHSCORES"}).at(1).text,
            server_->run({"HGET", key("job:" + token), "ended_at"}).text);
  ASSERT_TRUE(run(queue_->resend_callback(token)));
  EXPECT_EQ(lives_for("job:"), -1);
  EXPECT_TRUE(counts(kOne));
  ASSERT_TRUE(run(queue_->erase(token)));
  EXPECT_TRUE(counts(0));
  EXPECT_EQ(number_at({"EXISTS", key("callback:" + token)}), 0);
}

TEST_F(CallingBack, ARedriveGivesTheBytesBack) {
  capacity_ = mebibytes(64);
  queue_ = opened();
  asked();
  ASSERT_TRUE(run(queue_->reject(leased(*queue_).id, "cause", "1234")));
  ASSERT_TRUE(counts(kept_bytes(3, 4)));
  ASSERT_TRUE(run(queue_->redrive(taken_one(*queue_).id.token)));
  EXPECT_TRUE(counts(0));
  EXPECT_EQ(number_at({"ZCARD", key("callbacks")}), 0);
}

TEST_F(CallingBack, TooManyBytesThatWaitRefuseNewCallbacksOnly) {
  capacity_ = Bytes{kept_bytes(3, 4) - 1};
  queue_ = opened();
  ended();
  EXPECT_EQ(refused({calling()}), Errc::Full);
  accepted("without a callback");
  ASSERT_TRUE(settled(*queue_, taken_one(*queue_), Kind::Delivered));
  asked();
}

TEST_F(CallingBack, TooManyThatWaitRefuseNewCallbacksOnly) {
  const std::string fill = "for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i, i) end";
  const std::string most = std::to_string(kCallbacksWaitingMax);
  server_->run({"SET", key("reconciler"), "1"});  // It would remove them: their jobs are missing.
  server_->run({"EVAL", fill, "1", key("callbacks"), most});
  EXPECT_EQ(refused({calling()}), Errc::Full);
  const NewJob plain{submission::new_token(), "", std::nullopt};
  EXPECT_EQ(refused({calling(), plain}), Errc::Full);
  EXPECT_FALSE(run(queue_->find_state(plain.token))) << "all or none";
  accepted("without a callback");
  server_->run({"ZREM", key("callbacks"), "1"});
  asked();
}

TEST_F(CallingBack, AnExpiredJobBehindALateCallbackCountsNoLonger) {
  capacity_ = mebibytes(64);
  queue_ = opened(kLease, 4s);
  const std::string late = ended();
  const std::string plain = accepted("12345");
  ASSERT_TRUE(run(queue_->cancel(plain, "")));
  ASSERT_TRUE(comes_true([&] { return number_at({"PTTL", key("job:" + plain)}) < 1'000; }));
  ASSERT_TRUE(settled(*queue_, taken_one(*queue_), Kind::Delivered));
  EXPECT_TRUE(counts(kept_bytes(3, 4)));
  EXPECT_TRUE(run(queue_->find_state(late)));
  EXPECT_TRUE(counts(0));
}

TEST_F(CallingBack, AnEndByAnEarlierReleaseIsFound) {
  const std::string token = asked();
  end_by_earlier_release(token);
  const DueCallback due = taken_one(*queue_);
  EXPECT_EQ(due.id.token, token);
  EXPECT_EQ(due.round, 1U);
  EXPECT_EQ(number_at({"TTL", key("result:" + token)}), -1);
  EXPECT_EQ(number_at({"ZCARD", key("finished")}), 0);
  ASSERT_TRUE(settled(*queue_, due, Kind::Delivered));
  EXPECT_GT(number_at({"TTL", key("result:" + token)}), 0);
}

TEST_F(CallingBack, AJobThatAnEarlierReleaseEndedIsNotEvictedBeforeItsCallback) {
  const std::string token = asked();
  end_by_earlier_release(token);
  ASSERT_TRUE(run(queue_->cancel(accepted(""), "")));
  capacity_ = Bytes{1};
  const auto evicting = opened();
  const DueCallback due = taken_one(*queue_);
  EXPECT_EQ(due.id.token, token);
  EXPECT_EQ(run(queue_->find(token))->state, State::Done);
}

TEST_F(CallingBack, AnEarlierReleaseMayRedriveOrDeleteAJob) {
  const std::string redriven = ended();
  const std::string erased = ended();
  server_->run({"HSET", key("job:" + redriven), "state", "0"});
  server_->run({"HDEL", key("job:" + redriven), "ended_at", "kept"});
  for (const char* kind : {"job:", "spec:", "result:"}) server_->run({"DEL", key(kind + erased)});
  EXPECT_THAT(taken(*queue_), IsEmpty());
  EXPECT_EQ(shown(redriven).state, CallbackState::Asked);
  EXPECT_EQ(number_at({"EXISTS", key("callback:" + erased)}), 0);
  EXPECT_EQ(server_->run({"GET", key("held_bytes")}).text, "0");
  ASSERT_TRUE(run(queue_->cancel(redriven, "")));
  EXPECT_EQ(taken_one(*queue_).round, 2U);
}

TEST_F(CallingBack, ADeletedJobThatHadNotEndedIsForgotten) {
  const std::string token = asked();
  server_->run({"DEL", key("job:" + token)});
  EXPECT_TRUE(comes_true([&] { return number_at({"ZCARD", key("callbacks_asked")}) == 0; }));
  EXPECT_EQ(number_at({"EXISTS", key("callback:" + token)}), 0);
}

TEST_F(CallingBack, ADamagedOneIsDeadAndBlocksNothing) {
  const std::string stateless = ended(), laneless = ended(), targetless = ended();
  const std::string text = ended(), uncounted = ended();
  server_->run({"HSET", key("callback:" + stateless), "state", "7"});
  server_->run({"HDEL", key("callback:" + laneless), "lane"});
  server_->run({"HDEL", key("callback:" + targetless), "target"});
  server_->run({"SET", key("callback:" + text), "no hash"});
  server_->run({"HSET", key("callback:" + uncounted), "round", "x", "attempt", "-1", "due", "nan"});
  server_->run({"ZADD", key("callback_lane:host"), "1", "nothing"});
  server_->run({"ZADD", key("callbacks"), "1", "nothing"});
  const auto due = taken(*queue_);
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due.front().id.token, uncounted);
  EXPECT_EQ(due.front().attempt, 1U);
  EXPECT_TRUE(settled(*queue_, due.front(), Kind::Delivered));
  for (const std::string& token : {stateless, laneless, targetless}) {
    EXPECT_EQ(shown(token).state, CallbackState::Dead);
    EXPECT_EQ(shown(token).words, "the stored callback is damaged");
  }
  for (const std::string& token : {stateless, laneless, targetless, text}) {
    EXPECT_GT(number_at({"TTL", key("job:" + token)}), 0) << "it would never be deleted";
  }
  EXPECT_EQ(number_at({"ZCARD", key("callbacks")}), 0);
}

TEST_F(CallingBack, ADamagedOneDoesNotKeepItsJobFromEnding) {
  const std::string token = asked();
  server_->run({"HDEL", key("callback:" + token), "target"});
  ASSERT_TRUE(run(queue_->cancel(token, "")));
  EXPECT_EQ(run(queue_->find(token))->state, State::Cancelled);
  EXPECT_EQ(shown(token).state, CallbackState::Dead);
  EXPECT_GT(number_at({"TTL", key("job:" + token)}), 0);
}

TEST_F(CallingBack, IndexesDeletedByHandAreMadeAgain) {
  const std::string waits = ended();
  for (const char* index : {"callback_lanes", "callback_lane:host"}) {
    server_->run({"DEL", key(index)});
  }
  EXPECT_EQ(taken_one(*queue_).id.token, waits);
}

TEST_F(CallingBack, ALossOfAllDataIsNoHarm) {
  ended();
  const DueCallback held = taken_one(*queue_);
  server_->run({"FLUSHALL"});
  EXPECT_EQ(settled(*queue_, held, Kind::Delivered).error().code, Errc::LeaseLost);
  EXPECT_THAT(taken(*queue_), IsEmpty());
  EXPECT_EQ(queue_->figures().callbacks_waiting, 0U);
  const std::string later = ended();
  EXPECT_EQ(taken_one(*queue_).id.token, later);
}

TEST_F(CallingBack, WithoutMemoryTheyAreStillSent) {
  const std::string token = asked();
  server_->run({"CONFIG", "SET", "maxmemory", "1"});
  ASSERT_TRUE(run(queue_->cancel(token, "")));
  const DueCallback due = taken_one(*queue_);
  EXPECT_EQ(due.id.token, token);
  EXPECT_TRUE(settled(*queue_, due, Kind::Delivered));
  server_->run({"CONFIG", "SET", "maxmemory", "0"});
}

}  // namespace
}  // namespace evalx::queue::redis
