// The N-th write or sync fails, for every N: no acknowledged change is lost.
#include <SQLiteCpp/SQLiteCpp.h>

#include <map>

#include "queue/sqlite/fault_vfs_test.hpp"
#include "queue/sqlite/fixture_test.hpp"
#include "submission/token.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr int kTooMany = 500;

/// The result of each acknowledged job, by token; empty if the job was only accepted.
using Acknowledged = std::map<std::string, std::string>;

void work(Queue& queue, Acknowledged& acknowledged) {
  for (int i = 0; i < 3; ++i) {
    const auto accepted =
        run(queue.accept({submission::new_token(), std::string(10'000, 's'), {}}));
    if (accepted) acknowledged[accepted->token];
    const auto leased = run(queue.lease(0ms));
    if (!leased || !*leased) continue;
    const LeaseId id = (*leased)->id;
    if (run(queue.complete(id, "result"))) acknowledged[id.token] = "result";
  }
}

/// One run with a fault at the `nth` call, and the next start. False if there were fewer calls, so
/// that the fault did not happen.
bool survives(FaultVfs::Call call, int nth, int code, int& fatal) {
  const Scratch scratch;
  const SystemClock clock;
  Acknowledged acknowledged;
  FaultVfs vfs;
  Options options;
  options.directory = scratch.path();
  std::atomic<int> stopped{0};
  options.on_fatal = [&](const Error&) { ++stopped; };
  {
    const auto queue = opened(options, clock);
    vfs.fail(call, nth, code);
    work(*queue, acknowledged);
    if (stopped > 0) {
      EXPECT_FALSE(queue->figures().healthy);
      EXPECT_EQ(run(queue->accept({submission::new_token(), "", {}})).error().code,
                Errc::Unavailable);
    }
  }
  const bool met = !vfs.armed();
  vfs.disarm();
  EXPECT_LE(stopped, 1);
  fatal += stopped;
  const auto queue = opened(options, clock);
  for (const auto& [token, result] : acknowledged) {
    const auto record = run(queue->find(token));
    EXPECT_TRUE(record) << token << " is lost, fault at call " << nth;
    if (record && !result.empty()) {
      EXPECT_EQ(record->result, result);
    }
  }
  return met;
}

TEST(IoFault, AFailedSyncStopsTheQueueAndLosesNothing) {
  int fatal = 0;
  int nth = 1;
  while (nth < kTooMany && survives(FaultVfs::Call::Sync, nth, SQLITE_IOERR_FSYNC, fatal)) ++nth;
  EXPECT_GT(nth, 6) << "each accept and each completion syncs";
  EXPECT_LT(nth, kTooMany);
  EXPECT_GE(fatal, 6);
}

TEST(IoFault, AFailedWriteStopsTheQueueAndLosesNothing) {
  int fatal = 0;
  int nth = 1;
  while (nth < kTooMany && survives(FaultVfs::Call::Write, nth, SQLITE_IOERR_WRITE, fatal)) ++nth;
  EXPECT_GT(nth, 10);
  EXPECT_LT(nth, kTooMany);
  EXPECT_GT(fatal, 0);
}

TEST(IoFault, AFullDiskAtAnyWriteLosesNothingAndStopsNothing) {
  int fatal = 0;
  int nth = 1;
  while (nth < kTooMany && survives(FaultVfs::Call::Write, nth, SQLITE_FULL, fatal)) ++nth;
  EXPECT_GT(nth, 10);
  EXPECT_LT(nth, kTooMany);
  EXPECT_EQ(fatal, 0);
}

/// A fault at the `nth` call while a store is created. False if there were fewer calls.
bool is_made_or_refused(FaultVfs::Call call, int nth, int code) {
  const Scratch scratch;
  const SystemClock clock;
  FaultVfs vfs;
  Options options;
  options.directory = scratch.path();
  options.on_fatal = [](const Error&) {};
  vfs.fail(call, nth, code);
  {
    const auto queue = open(options, clock);
    if (queue) {
      SQLite::Database file{(scratch.path() / "queue.db").string()};
      EXPECT_EQ(file.execAndGet("PRAGMA journal_mode").getString(), "wal")
          << "went on without its log, fault at call " << nth;
    }
  }
  const bool met = !vfs.armed();
  vfs.disarm();
  EXPECT_TRUE(open(options, clock)) << "fault at call " << nth;
  return met;
}

TEST(IoFault, AStoreIsCreatedWithItsLogOrNotAtAll) {
  int nth = 1;
  while (nth < kTooMany && is_made_or_refused(FaultVfs::Call::Sync, nth, SQLITE_IOERR_FSYNC)) ++nth;
  EXPECT_GT(nth, 4);
  EXPECT_LT(nth, kTooMany);
  nth = 1;
  while (nth < kTooMany && is_made_or_refused(FaultVfs::Call::Write, nth, SQLITE_IOERR_WRITE))
    ++nth;
  EXPECT_GT(nth, 10);
  EXPECT_LT(nth, kTooMany);
}

}  // namespace
}  // namespace evalx::queue::sqlite
