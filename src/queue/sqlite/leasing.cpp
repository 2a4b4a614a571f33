// Writer: handing jobs to those who wait for one.
#include "queue/sqlite/writer.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kGrantsPerTransaction = 64;
constexpr Bytes kGrantedBytesPerTransaction = mebibytes(64);
constexpr std::size_t kLeaseWaitersMax = 16'384;

}  // namespace

void Writer::lease(Milliseconds patience, LeaseCall call) {
  const std::uint64_t id = next_waiter_++;
  const std::weak_ptr<Writer> writer = weak_from_this();
  call->on_cancel([writer, id] {
    const auto self = writer.lock();
    if (!self) return;
    asio::post(self->loop_, [raw = self.get(), id] {
      raw->stop_waiting(id, fail(std::make_error_code(std::errc::operation_canceled), "lease"));
    });
  });
  call->on_undelivered([writer](const Result<std::optional<Leased>>& leased) {
    const auto self = writer.lock();
    if (self && *leased) self->take_back((*leased)->id);
  });
  asio::post(loop_, [this, id, patience, call = std::move(call)]() mutable {
    wait_for_job(id, patience, std::move(call));
  });
}

void Writer::wait_for_job(std::uint64_t id, Milliseconds patience, LeaseCall call) {
  if (closed_ || broken_ || lease_waiters_.size() >= kLeaseWaitersMax) {
    call->answer(fail(Errc::Unavailable, "lease"));
    return;
  }
  if (!worker_since_) worker_since_ = clock_.wall_now();
  LeaseWaiter& waiter = lease_waiters_[id];
  waiter.call = std::move(call);
  if (patience <= Milliseconds::zero()) {
    grant();
    return stop_waiting(id, std::optional<Leased>{});
  }
  waiter.deadline = deadlines_.add(std::chrono::steady_clock::now() + patience, [this, id] {
    lease_waiters_[id].deadline.reset();
    grant();  // What became due at the last moment is still his.
    stop_waiting(id, std::optional<Leased>{});
  });
  arm();
  grant_soon();
}

void Writer::stop_waiting(std::uint64_t id, Result<std::optional<Leased>> answer) {
  const auto found = lease_waiters_.find(id);
  if (found == lease_waiters_.end()) return;
  if (found->second.deadline) deadlines_.remove(*found->second.deadline);
  found->second.call->answer(std::move(answer));
  lease_waiters_.erase(found);
}

void Writer::grant_soon() {
  if (grant_posted_ || !jobs_.backlog().has_due(clock_.now(), jobs_.held())) return;
  grant_posted_ = true;
  // Behind other workers that arrived meanwhile: one transaction serves them all.
  asio::post(loop_, [this] {
    grant_posted_ = false;
    grant();
  });
}

void Writer::grant() {
  if (closed_ || broken_) return;
  expire_overdue();
  while (!lease_waiters_.empty() && jobs_.backlog().has_due(clock_.now(), jobs_.held())) {
    std::vector<Grant> grants;
    Backlog::Held held = jobs_.held();
    while (grants.size() < std::min(lease_waiters_.size(), kGrantsPerTransaction)) {
      const auto job = jobs_.backlog().take(clock_.now(), held);
      if (!job) break;
      ++held.jobs;
      held.in_quarantine = job->lane == Lane::Quarantine;
      grants.push_back({*job, random_bits(), {}, {}, false});
    }
    Result<> stored = store_grants(grants);
    if (!stored && fault_of(stored.error()) == Fault::DiskFull && !disk_low_) {
      note_fault(stored.error());
      stored = store_grants(grants);
    }
    if (!stored) {
      // They keep their places; upkeep tries again.
      for (const Grant& grant : grants) jobs_.backlog().add(grant.job);
      return note_fault(stored.error());
    }
    for (Grant& grant : grants) {
      grant.has_events = jobs_.streams().has_run(grant.stored.token);
      grant.stop = jobs_.leased(grant.job, grant.stored.token, grant.lease, grant.stored.attempt);
    }
    jobs_.publish();  // Before the answers: a worker must find its own lease in the figures.
    for (Grant& grant : grants) deliver(grant);
  }
}

Result<> Writer::store_grants(std::vector<Grant>& grants) {
  // The mark need not reach the disk before the worker does: it must only survive our own crash,
  // so that a job that brings us down is blamed. A power cut forgets it and blames nobody.
  EVALX_TRY_VOID(database_->begin(Database::Durability::Process));
  Bytes specs;
  std::size_t stored = 0;
  for (Grant& grant : grants) {
    auto granted = table_->grant(grant.job.id, grant.lease);
    if (!granted) {
      database_->rollback();
      return tl::make_unexpected(std::move(granted).error());
    }
    grant.stored = *std::move(granted);
    specs += Bytes{grant.stored.spec.size()};
    for (const std::string& part : grant.stored.checkpoint) specs += Bytes{part.size()};
    ++stored;
    if (specs > kGrantedBytesPerTransaction) break;
  }
  EVALX_TRY_VOID(database_->commit());
  for (; grants.size() > stored; grants.pop_back()) {
    jobs_.backlog().add(grants.back().job);
  }
  return {};
}

void Writer::deliver(Grant& grant) {
  const auto first = lease_waiters_.begin();
  if (first->second.deadline) deadlines_.remove(*first->second.deadline);
  const LeaseCall call = std::move(first->second.call);
  lease_waiters_.erase(first);

  const LeaseId id{grant.stored.token, grant.lease};
  Leased leased{id,
                grant.stored.attempt,
                std::move(grant.stored.spec),
                std::chrono::duration_cast<Microseconds>(clock_.now() - grant.job.since),
                grant.stop,
                std::move(grant.stored.checkpoint),
                grant.has_events};
  if (!call->answer(std::optional<Leased>{std::move(leased)})) take_back(id);
}

void Writer::wake_when_due() {
  const auto due = jobs_.backlog().next_due(clock_.now());
  if (closed_ || broken_ || !due || (due_wake_ && *due_wake_ <= *due)) return;
  due_wake_ = due;
  const auto rest = std::max(*due - clock_.now(), Clock::Instant::duration::zero());
  deadlines_.add(std::chrono::steady_clock::now() + rest, [this] {
    due_wake_.reset();
    grant();
    wake_when_due();
  });
  arm();
}

void Writer::take_back(LeaseId id) {
  submit(std::make_unique<ChangeJob>(Release{id.lease}, std::move(id.token), Words{},
                                     [](const Result<State>&) {}));
}

}  // namespace evalx::queue::sqlite
