// Faults of Redis, its operator and its network.
#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <stop_token>

#include "queue/redis/fixture_test.hpp"

namespace evalx::queue::redis {
namespace {

class Outage : public OnRedis {};

TEST_F(Outage, ARestartLosesNothingAndTheQueueReconnects) {
  queue_ = opened(20s);
  for (const int signal : {SIGTERM, SIGKILL}) {
    const std::string waiting = accepted("waiting");
    const Leased held = leased(*queue_);
    const std::string behind = accepted("behind");
    server_->stop(signal);
    ASSERT_TRUE(comes_true([&] { return !queue_->figures().healthy; }));
    EXPECT_EQ(run(queue_->accept({submission::new_token(), "", std::nullopt})).error().code,
              Errc::Unavailable);
    server_->start();
    ASSERT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
    EXPECT_EQ(held.id.token, waiting);
    EXPECT_FALSE(held.cancelled.stop_requested()) << "the lease outlives a short outage";
    ASSERT_TRUE(run(queue_->complete(held.id, "result")));
    EXPECT_EQ(run(queue_->find(waiting))->result, "result");
    const Leased next = leased(*queue_);
    EXPECT_EQ(next.id.token, behind);
    ASSERT_TRUE(run(queue_->complete(next.id, "")));
  }
}

TEST_F(Outage, CutConnectionsAreMadeAgain) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  asio::io_context loop{1};
  bool finished = false;
  asio::co_spawn(loop, queue_->wait_until_finished(token, 20s),
                 [&](std::exception_ptr, auto answer) { finished = answer && *answer; });
  loop.run_for(50ms);
  server_->run({"CLIENT", "KILL", "TYPE", "normal"});
  server_->run({"CLIENT", "KILL", "TYPE", "pubsub"});
  ASSERT_TRUE(comes_true([&] { return run(queue_->complete(held.id, "result")).has_value(); }));
  loop.run();
  EXPECT_TRUE(finished) << "the waiting client is answered";
}

TEST_F(Outage, ScriptsAreLoadedAgainAfterAFlush) {
  accepted("first");
  server_->run({"SCRIPT", "FLUSH"});
  const std::string token = accepted("second");
  EXPECT_FALSE(token.empty());
  EXPECT_EQ(queue_->figures().queued, 2U);
}

TEST_F(Outage, StreamsDeletedByHandAreMadeAgain) {
  std::set<std::string> tokens;
  for (int i = 0; i < 5; ++i) tokens.insert(accepted(""));
  for (const char* stream : {"ready", "again", "suspects"}) server_->run({"DEL", key(stream)});
  std::set<std::string> seen;
  for (int i = 0; i < 5; ++i) seen.insert(leased(*queue_).id.token);
  EXPECT_EQ(seen, tokens);
}

TEST_F(Outage, HintsReadByAForeignConsumerAreMadeAgain) {
  const std::string token = accepted("");
  server_->run(
      {"XREADGROUP", "GROUP", "workers", "stranger", "COUNT", "1", "STREAMS", key("ready"), ">"});
  server_->run({"XGROUP", "CREATE", key("ready"), "workers", "0", "MKSTREAM"});
  server_->run(
      {"XREADGROUP", "GROUP", "workers", "stranger", "COUNT", "1", "STREAMS", key("ready"), ">"});
  EXPECT_EQ(leased(*queue_).id.token, token);
}

TEST_F(Outage, HintsOfADeletedConsumerAreMadeAgain) {
  const std::string stolen = accepted("");
  server_->run({"XGROUP", "CREATE", key("ready"), "workers", "0", "MKSTREAM"});
  server_->run(
      {"XREADGROUP", "GROUP", "workers", "stranger", "COUNT", "1", "STREAMS", key("ready"), ">"});
  server_->run({"XGROUP", "DELCONSUMER", key("ready"), "workers", "stranger"});
  EXPECT_EQ(leased(*queue_).id.token, stolen)
      << "no process holds it, and the group has read its hint";
  EXPECT_TRUE(comes_true([&] {
    return server_->run({"XLEN", key("ready")}).integer == 0;
  })) << "hints that will never be read are deleted";
}

TEST_F(Outage, DoubledHintsGrantAJobOnce) {
  const std::string token = accepted("");
  for (int i = 0; i < 100; ++i) server_->run({"XADD", key("ready"), "*", "t", token});
  const Leased held = leased(*queue_);
  EXPECT_EQ(held.id.token, token);
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  ASSERT_TRUE(run(queue_->complete(held.id, "result")));
  server_->run({"XADD", key("ready"), "*", "t", token});
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  EXPECT_EQ(run(queue_->find(token))->result, "result");
}

TEST_F(Outage, ADamagedJobIsDeadAndBlocksNothing) {
  const std::string damaged = accepted("");
  const std::string specless = accepted("");
  const std::string sound = accepted("");
  server_->run({"HDEL", key("job:" + damaged), "attempt", "deaths"});
  server_->run({"DEL", key("spec:" + specless)});
  EXPECT_EQ(leased(*queue_).id.token, sound);
  for (const std::string& token : {damaged, specless}) {
    EXPECT_TRUE(*run(queue_->wait_until_finished(token, 5s)));
    EXPECT_EQ(run(queue_->find(token))->state, State::Dead);
    EXPECT_EQ(run(queue_->find(token))->result, "dead after 0 deaths");
  }
}

TEST_F(Outage, AVanishedJobIsCountedAndBlocksNothing) {
  const std::string gone = accepted("");
  const std::string sound = accepted("");
  server_->run({"DEL", key("job:" + gone)});
  EXPECT_EQ(leased(*queue_).id.token, sound);
  EXPECT_EQ(run(queue_->find(gone)).error().code, Errc::NotFound);
}

TEST_F(Outage, EveryProcessReportsALossOfAllData) {
  const auto other = opened();
  const auto third = opened();
  for (int i = 0; i < 3; ++i) accepted("");
  // They know the jobs from the indexes, not because they accepted them.
  for (const auto* knows : {&other, &third}) {
    ASSERT_TRUE(comes_true([&] { return (*knows)->figures().queued == 3; }));
  }
  server_->run({"FLUSHALL"});
  const std::string later = accepted("");
  for (const auto* knows : {&other, &third}) {
    EXPECT_TRUE(comes_true([&] { return (*knows)->figures().vanished == 3; }));
  }
  EXPECT_EQ(leased(*queue_).id.token, later);
}

TEST_F(Outage, WithoutMemoryNoJobIsAcceptedAndRunningJobsFinish) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  server_->run({"CONFIG", "SET", "maxmemory", "1"});
  EXPECT_EQ(run(queue_->accept({submission::new_token(), "", std::nullopt})).error().code,
            Errc::Unavailable);
  EXPECT_TRUE(comes_true([&] { return !queue_->figures().healthy; })) << "it is not ready";
  EXPECT_THAT(queue_->figures().trouble(), testing::HasSubstr("maxmemory"));
  std::this_thread::sleep_for(kLease + 1s);
  EXPECT_FALSE(held.cancelled.stop_requested()) << "its lease was renewed";
  ASSERT_TRUE(run(queue_->complete(held.id, "result")));
  server_->run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(run(queue_->find(token))->result, "result");
  EXPECT_FALSE(accepted("").empty());
  EXPECT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
}

TEST_F(Outage, AReplicaAndARedisThatCannotWriteItsFileAreNotReady) {
  ASSERT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); })) << "the first probe";
  server_->run({"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_TRUE(comes_true([&] { return !queue_->figures().healthy; }));
  EXPECT_THAT(queue_->figures().trouble(), testing::HasSubstr("READONLY"));
  server_->run({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
  EXPECT_EQ(queue_->figures().trouble(), "");

  server_->run({"CONFIG", "SET", "min-replicas-to-write", "1"});
  EXPECT_TRUE(comes_true([&] { return !queue_->figures().healthy; }));
  EXPECT_THAT(queue_->figures().trouble(), testing::HasSubstr("NOREPLICAS"));
  server_->run({"CONFIG", "SET", "min-replicas-to-write", "0"});
  EXPECT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
}

TEST_F(Outage, ADeadWorkersJobRunsAgainAndItsLateResultIsRefused) {
  const std::string token = accepted("");
  const Leased lost = leased(*queue_);
  kill_sessions();
  const auto other = opened();
  const Leased again = leased(*other);
  EXPECT_EQ(again.id.token, token);
  EXPECT_NE(again.id.lease, lost.id.lease);
  EXPECT_EQ(run(other->find_state(token))->deaths, 1U);
  EXPECT_TRUE(comes_true([&] { return lost.cancelled.stop_requested(); }));
  EXPECT_EQ(run(queue_->complete(lost.id, "stale")).error().code, Errc::LeaseLost);
  ASSERT_TRUE(run(other->complete(again.id, "valid")));
  EXPECT_EQ(run(queue_->complete(lost.id, "stale")).error().code, Errc::LeaseLost);
  EXPECT_EQ(queue_->figures().lease_lost, 1U) << "counted when its holder was stopped";
  EXPECT_EQ(run(queue_->find(token))->result, "valid");
}

TEST_F(Outage, ACallWithoutPatienceIsAnsweredByTheFirstClaimOfANewSession) {
  for (int i = 0; i < 5; ++i) ASSERT_FALSE(*run(queue_->lease(0ms)));
  kill_sessions();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(*run(queue_->lease(0ms)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s) << "answered only by the time limit";
}

TEST_F(Outage, AJobThatKilledThreeWorkersIsDeadAndASuspectRunsAlone) {
  const std::string poison = accepted("poison");
  const std::string innocent = accepted("innocent");
  for (int death = 1; death <= 3; ++death) {
    const Leased held = leased(*queue_);
    EXPECT_EQ(held.id.token, poison);
    if (death > 1) {
      EXPECT_FALSE(*run(queue_->lease(0ms))) << "not alone";
    }
    kill_sessions();
    EXPECT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
    EXPECT_TRUE(comes_true(
        [&] { return run(queue_->find_state(poison))->deaths == static_cast<unsigned>(death); }));
  }
  EXPECT_EQ(run(queue_->find(poison))->state, State::Dead);
  EXPECT_EQ(run(queue_->find(poison))->result, "dead after 3 deaths");
  EXPECT_EQ(leased(*queue_).id.token, innocent);
}

/// Redis says when a lease is over: at the score of its session, on the clock of this machine.
TEST_F(Outage, AWorkerWithoutRedisStopsItsJobsBeforeItsLeaseIsOver) {
  const auto now = [] {
    return std::chrono::duration_cast<Microseconds>(
        std::chrono::system_clock::now().time_since_epoch());
  };
  const auto lease_ends = [this] {
    const Reply last = server_->run({"ZREVRANGE", key("sessions"), "0", "0", "WITHSCORES"});
    return Microseconds{std::stoll(last.at(1).text)};
  };
  for (int round = 0; round < 3; ++round) {
    accepted("");
    const Leased held = leased(*queue_);
    std::atomic<Microseconds::rep> stopped{0};
    const std::stop_callback note{held.cancelled, [&] { stopped = now().count(); }};
    // Just after a renewal, so that the next one does not come before Redis has stopped.
    const Microseconds before = lease_ends();
    ASSERT_TRUE(comes_true([&] { return lease_ends() > before; }));
    const Microseconds end = lease_ends();
    server_->stop(SIGKILL);
    ASSERT_TRUE(comes_true([&] { return stopped != 0; }));
    EXPECT_LT(Microseconds{stopped}, end) << "another worker may run the job from then on";
    EXPECT_GT(Microseconds{stopped}, end - kLease / 5) << "it gives up too early";
    queue_->stopped(held.id);
    server_->start();
    ASSERT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
    ASSERT_TRUE(run(queue_->cancel(held.id.token, "")));
  }
}

TEST_F(Outage, AWorkerThatWasAskedToEndDiesWithoutCharge) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  queue_->end_soon();
  ASSERT_TRUE(comes_true([&] { return !server_->run({"KEYS", key("ending:*")}).list.empty(); }));
  kill_sessions();
  const auto other = opened();
  const Leased again = leased(*other);
  EXPECT_EQ(again.id.token, token);
  EXPECT_EQ(again.attempt, 1U);
  EXPECT_EQ(run(other->find_state(token))->deaths, 0U);
  EXPECT_TRUE(run(other->complete(again.id, "")));
  EXPECT_TRUE(run(other->find(token))->failures.empty());
}

TEST_F(Outage, DeathsOfAWorkerAge) {
  const std::string token = accepted("");
  const auto now = std::stoll(server_->run({"TIME"}).at(0).text);
  const auto died = [](std::int64_t seconds) {
    return std::to_string(seconds * 1'000'000) + " 1 worker_died host:1:1 killed";
  };
  const std::int64_t old = now - 73 * 3600;
  server_->run({"HSET", key("job:" + token), "attempt", "2", "deaths", "2", "failures", "2",
                "failure0", died(old), "failure1", died(now - 3600)});
  leased(*queue_);
  kill_sessions();
  ASSERT_TRUE(comes_true([&] { return run(queue_->find_state(token))->deaths == 3U; }));
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Queued) << "two in 72 hours";
  leased(*queue_);
  kill_sessions();
  ASSERT_TRUE(comes_true([&] { return run(queue_->find_state(token))->deaths == 4U; }));
  EXPECT_EQ(run(queue_->find_state(token))->state, State::Dead) << "three";
}

TEST_F(Outage, AKeeperThatTakesNoJobsGivesWay) {
  const std::string suspect = accepted("");
  ASSERT_EQ(leased(*queue_).id.token, suspect);
  kill_sessions();
  ASSERT_TRUE(comes_true([&] { return run(queue_->find_state(suspect))->deaths == 1U; }));
  const std::int64_t now = std::stoll(server_->run({"TIME"}).at(0).text) * 1'000'000;
  server_->run({"ZADD", key("sessions"), std::to_string(now + 50'000'000), "idle:1:1"});
  server_->run({"SET", key("keeper"), "idle:1:1"});
  server_->run({"SET", key("keeper_asked"), std::to_string(now)});
  EXPECT_FALSE(*run(queue_->lease(0ms))) << "the keeper has just asked";
  server_->run({"SET", key("keeper_asked"), std::to_string(now - 6'000'000)});
  EXPECT_EQ(leased(*queue_).id.token, suspect);
}

TEST_F(Outage, JobsStoppedByAnOutageAreReleasedWithoutCharge) {
  const std::string token = accepted("");
  for (int outage = 1; outage <= 2; ++outage) {
    const Leased held = leased(*queue_);
    EXPECT_EQ(held.attempt, 1U);
    server_->stop(SIGKILL);
    ASSERT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
    if (outage == 1) queue_->stopped(held.id);
    server_->start();
    ASSERT_TRUE(comes_true([&] { return queue_->figures().healthy.load(); }));
    if (outage > 1) queue_->stopped(held.id);
  }
  const Leased held = leased(*queue_);
  EXPECT_EQ(held.id.token, token);
  EXPECT_EQ(run(queue_->find_state(token))->deaths, 0U);
  EXPECT_EQ(queue_->figures().lease_lost, 0U);
  EXPECT_TRUE(run(queue_->complete(held.id, "result")));
}

TEST_F(Outage, JobsThatMayStillRunAfterAnOutageCountAsLost) {
  const std::string token = accepted("");
  const Leased held = leased(*queue_);
  server_->stop(SIGKILL);
  ASSERT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
  server_->start();
  const Leased again = leased(*queue_);
  EXPECT_EQ(run(queue_->find_state(token))->deaths, 1U);
  queue_->stopped(held.id);
  EXPECT_TRUE(run(queue_->complete(again.id, "result"))) << "the late call took no lease away";
}

TEST_F(Outage, ACompletionThatIsSentTwiceIsAcceptedOnce) {
  accepted("");
  const Leased held = leased(*queue_);
  ASSERT_TRUE(run(queue_->complete(held.id, "result")));
  EXPECT_TRUE(run(queue_->complete(held.id, "result"))) << "the first reply may have been lost";
  EXPECT_EQ(run(queue_->complete(held.id, "another")).error().code, Errc::LeaseLost);
}

TEST_F(Outage, ACancellationInOneProcessStopsTheWorkerInAnother) {
  const std::string token = accepted("");
  const auto other = opened();
  const Leased held = leased(*other);
  ASSERT_TRUE(run(queue_->cancel(token, "cancelled")));
  EXPECT_TRUE(comes_true([&] { return held.cancelled.stop_requested(); }));
  EXPECT_EQ(run(other->complete(held.id, "late")).error().code, Errc::LeaseLost);
}

TEST_F(Outage, EventsAndEndsReachOtherProcesses) {
  const std::string token = accepted("");
  const auto other = opened();
  asio::io_context loop{1};
  std::string heard;
  const Place queued{run(queue_->events(token, {}, 0ms))->life, 1};
  asio::co_spawn(loop, queue_->events(token, queued, 20s), [&](std::exception_ptr, auto answer) {
    for (const Event& event : answer->events) heard += event.kind + " ";
  });
  loop.run_for(50ms);
  const Leased held = leased(*other);
  loop.run();
  EXPECT_EQ(heard, "running ");
  other->progress(held.id, "test", "{}");
  ASSERT_TRUE(run(other->complete(held.id, "result")));
  EXPECT_TRUE(*run(queue_->wait_until_finished(token, 20s)));
  const auto all = run(queue_->events(token, {}, 0ms));
  ASSERT_TRUE(all);
  EXPECT_EQ(all->events.size(), 4U);
  EXPECT_TRUE(all->ended);
}

TEST_F(Outage, AKeyIsNewAgainWhenItsJobWasDeleted) {
  queue_ = opened(kLease, 1s);
  const auto send = [&](const char* digest) {
    return run(queue_->accept({submission::new_token(), "", Idempotency{"key", digest}}));
  };
  const auto first = send("one");
  ASSERT_TRUE(run(queue_->cancel(first->token, "")));
  EXPECT_EQ(send("one")->token, first->token);
  ASSERT_TRUE(comes_true([&] { return !run(queue_->find_state(first->token)); }));
  const auto second = send("two");
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->replayed);
  EXPECT_EQ(run(queue_->find_state(second->token))->state, State::Queued);
  EXPECT_EQ(send("two")->token, second->token);
}

TEST_F(Outage, FinishedJobsAreDeletedAfterTheirRetention) {
  const std::string token = accepted("");
  ASSERT_TRUE(run(queue_->complete(leased(*queue_).id, "result")));
  for (const char* name : {"job:", "spec:", "result:"}) {
    const Reply left = server_->run({"TTL", key(name + token)});
    EXPECT_GT(left.integer, 86'000) << name;
    EXPECT_LE(left.integer, 86'400) << name;
  }
  const Reply left = server_->run({"TTL", key("events:" + token)});
  EXPECT_GT(left.integer, 200) << "clients that were interrupted at the end continue";
  EXPECT_LE(left.integer, 300);
}

}  // namespace
}  // namespace evalx::queue::redis
