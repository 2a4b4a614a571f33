#include "queue/sqlite/writer.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "queue/sqlite/callback_operations.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kWaitingProgressMax = 16'384;  // While the disk is slow; more is dropped.

}  // namespace

Writer::Writer(OwnedStore store, const Clock& clock, Options options)
    : options_(std::move(options)),
      owner_(owner_name(store.recovered.epoch)),
      clock_(clock),
      retention_(clock),
      figures_(options_.capacity, clock),
      thread_(options_.stepper),
      health_(std::move(store.directory), figures_, options_.on_fatal),
      database_(std::move(store.database)),
      table_(std::move(store.table)),
      jobs_(clock, figures_),
      grants_(parts(), {.is_open = [this] { return is_open(); },
                        .expire_overdue = [this] { expire_overdue(); },
                        .give_back = [this](LeaseId id) { give_back(std::move(id)); }}),
      followers_(parts()),
      callback_calls_(parts(), {.is_open = [this] { return is_open(); },
                                .give_back =
                                    [this](CallbackLease id) {
                                      settle_callback(std::move(id),
                                                      {.kind = CallbackEnd::Kind::Uncharged},
                                                      [](const Result<>&) {});
                                    }}),
      tally_(std::move(store.tally)),
      accepted_before_(store.recovered.accepted) {}

Writer::~Writer() {
  close();
}

void Writer::start(const Recovered& recovered) {
  const Clock::Instant now = clock_.now();
  const Clock::WallInstant wall = clock_.wall_now();
  for (const Recovered::Open& job : recovered.queued) {
    const auto waited = std::max(wall - job.accepted_at, Clock::WallInstant::duration::zero());
    std::optional<Clock::Instant> expires;  // Before the machine's start if it waited since then.
    if (job.expires_at) {
      expires = now + std::chrono::duration_cast<Clock::Instant::duration>(*job.expires_at - wall);
    }
    jobs_.recovered({job.id, now - std::chrono::duration_cast<Clock::Instant::duration>(waited),
                     job.lane, expires});
  }
  for (const CallbackTable::Open& callback : recovered.callbacks) {
    const auto rest = std::chrono::duration_cast<Clock::Instant::duration>(callback.due - wall);
    jobs_.callback_waits(callback.token, callback.lane, wall - callback.since, now + rest);
  }
  figures_.result_capacity = options_.result_capacity.count;
  figures_.recovered = recovered.given_back;
  figures_.dead = recovered.dead;
  figures_.vanished = recovered.vanished;
  jobs_.publish();
  health_.start();
  thread_.post([this] { upkeep(); });
  thread_.start("queue-writer");
}

void Writer::close() {
  if (!thread_.is_running()) return;
  thread_.post([this] { shut_down(); });
  thread_.join();
}

void Writer::lease(Milliseconds patience, LeaseCall call) {
  grants_.lease(weak_from_this(), patience, std::move(call));
}

void Writer::take_callbacks(std::size_t limit, Milliseconds patience, CallbacksCall call) {
  callback_calls_.take(weak_from_this(), limit, patience, std::move(call));
}

void Writer::settle_callback(CallbackLease id, CallbackEnd end,
                             std::function<void(Result<>)> answer) {
  std::optional<std::string> words;
  if (end.kind != CallbackEnd::Kind::Uncharged) words = std::move(end.words);
  submit(std::make_unique<ChangeCallback>(
      std::move(id.token),
      [lease = id.lease, end](const Callback& before, StoreTime now) {
        return after_attempt(before, lease, end, now);
      },
      std::move(words), Errc::LeaseLost, std::move(answer)));
}

void Writer::progress(LeaseId id, std::string kind, std::string data) {
  if (waiting_progress_.fetch_add(1) >= kWaitingProgressMax) {
    --waiting_progress_;
    jobs_.progress_was_dropped();
    return;
  }
  thread_.post(
      [this, id = std::move(id), kind = std::move(kind), data = std::move(data)]() mutable {
        --waiting_progress_;
        jobs_.progress(id, std::move(kind), std::move(data));
      });
}

void Writer::follow(std::string token, Place after, Store::Until until, Milliseconds patience,
                    std::shared_ptr<Call<Events>> call) {
  followers_.follow(weak_from_this(), std::move(token), std::move(after), until, patience,
                    std::move(call));
}

void Writer::end_waits() {
  thread_.post([this] { followers_.end_waits(); });
}

void Writer::announce(std::string announcement) {
  thread_.post([this, announcement = std::move(announcement)]() mutable {
    announcement_ = std::move(announcement);
  });
}

void Writer::end_soon() {
  thread_.post([this] {
    if (!is_open()) return;
    if (auto marked = mark_told_to_end(); !marked) {
      database_->rollback();
      health_.note_fault(marked.error());
    }
  });
}

/// This process is the only worker there can be.
void Writer::workers(std::shared_ptr<Call<LiveWorkers>> call) {
  thread_.post([this, call = std::move(call)] {
    LiveWorkers live;
    live.now = clock_.wall_now();
    if (const auto since = grants_.worker_since()) {
      live.workers.push_back({owner_, announcement_, since, figures_.leased});
      if (announcement_.empty()) live.workers.back().since.reset();
    }
    call->answer(std::move(live));
  });
}

void Writer::submit(std::unique_ptr<Operation> operation) {
  if (!intake_.admit(*operation)) {
    return operation->refuse(
        {make_error_code(Errc::Full), "too many operations wait for the disk"});
  }
  thread_.post([this, moved = std::move(operation)]() mutable { enqueue(std::move(moved)); });
}

void Writer::give_back(LeaseId id) {
  submit(std::make_unique<ChangeJob>(Release{id.lease}, std::move(id.token), Words{},
                                     [](const Result<State>&) {}));
}

void Writer::enqueue(std::unique_ptr<Operation> operation) {
  intake_.add(std::move(operation));
  if (flush_posted_) return;
  flush_posted_ = true;
  // Runs after the operations that arrive meanwhile, so that they join the same transaction.
  thread_.post([this] { flush(); });
}

void Writer::flush() {
  flush_posted_ = false;
  Operations batch = intake_.take_batch();
  const Error stopped = unavailable(closed_ ? "the queue is closing" : "the queue's store failed");
  const Error low = unavailable("the disk is full");
  if (!is_open()) {
    for (auto& operation : batch) operation->refuse(stopped);
    batch.clear();
  } else if (health_.is_disk_low() && !health_.regain_reserve()) {
    refuse_accepts(batch, low);
  }
  Result<> stored = transact(batch);
  if (!stored && fault_of(stored.error()) == Fault::DiskFull) {
    health_.note_fault(stored.error());
    refuse_accepts(batch, low);
    stored = transact(batch);  // In the space of the reserve.
  }
  if (stored) {
    settle(batch);
  } else {
    health_.note_fault(stored.error());
    const Error why = unavailable(stored.error().what);
    for (auto& operation : batch) operation->refuse(why);
  }
  if (!intake_.empty() && !flush_posted_) {
    flush_posted_ = true;
    thread_.post([this] { flush(); });
  }
}

Result<> Writer::transact(Operations& batch) {
  if (batch.empty()) return {};
  Batch context{
      .now = retention_.present(),
      .careful_date = retention_.careful_date(),
      .instant = std::chrono::duration_cast<StoreTime>(clock_.now().time_since_epoch()),
      .queued = jobs_.backlog().size(),
      .capacity = options_.capacity,
      .rules = options_.rules,
      .owner = owner_,
      .may_call_back = !is_held_over_capacity_ && jobs_.callbacks().size() < kCallbacksWaitingMax};
  EVALX_TRY_VOID(database_->begin(Database::Durability::Disk));
  for (auto& operation : batch) {
    if (auto done = operation->run(*table_, context); !done) {
      roll_back();
      return done;
    }
    failpoint("store.mid_group_commit");
  }
  Result<> done = database_->commit();
  if (!done) roll_back();
  return done;
}

void Writer::roll_back() {
  database_->rollback();
  static_cast<void>(table_->callbacks().take_moved());
}

/// After a commit: the lanes learn which callbacks wait, and which are gone.
void Writer::note_callbacks() {
  for (const CallbackTable::Moved& moved : table_->callbacks().take_moved()) {
    if (moved.since) {
      jobs_.callback_waits(moved.token, moved.lane, {}, clock_.now());
    } else {
      jobs_.callbacks().remove(moved.token);
    }
  }
}

void Writer::refuse_accepts(Operations& batch, const Error& why) {
  const auto accepts = std::stable_partition(batch.begin(), batch.end(), [](const auto& operation) {
    return operation->kind() == Operation::Kind::Publish;
  });
  for (auto operation = accepts; operation != batch.end(); ++operation) (*operation)->refuse(why);
  batch.erase(accepts, batch.end());
}

void Writer::tally() {
  const std::uint64_t accepted = figures_.accepted;
  if (accepted == std::exchange(tallied_, accepted)) return;
  tally_.write(accepted_before_ + accepted);
}

void Writer::settle(Operations& batch) {
  if (batch.empty()) return;
  failpoint("store.after_commit_before_notify");
  note_callbacks();
  for (auto& operation : batch) operation->settle(jobs_);
  tally();
  jobs_.publish();
  health_.note_success();
  // The worker is answered before the clients that wait for the end, and both find it counted.
  for (auto& operation : batch) operation->answer();
  jobs_.finish_streams();
  grants_.grant();
  grants_.wake_when_due();
  callback_calls_.serve();
  checkpoint();
}

}  // namespace evalx::queue::sqlite
