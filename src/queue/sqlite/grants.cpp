#include "queue/sqlite/grants.hpp"

#include <algorithm>

#include "queue/thread.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kGrantsPerTransaction = 64;
constexpr Bytes kGrantedBytesPerTransaction = mebibytes(64);

}  // namespace

Grants::Grants(WriterParts parts, Hooks hooks)
    : parts_(parts),
      hooks_(std::move(hooks)),
      line_(parts.thread, {.is_open = hooks_.is_open,
                           .entered = [this](WaitingLine::Id id,
                                             Milliseconds patience) { entered(id, patience); },
                           .last_chance = [this] { grant(); },
                           .give_back = hooks_.give_back}) {}

void Grants::entered(WaitingLine::Id id, Milliseconds patience) {
  if (!worker_since_) worker_since_ = parts_.clock.wall_now();
  if (patience > Milliseconds::zero()) return grant_soon();
  grant();
  line_.leave(id, std::optional<Leased>{});
}

void Grants::grant_soon() {
  Jobs& jobs = parts_.jobs;
  if (grant_posted_ || !jobs.backlog().has_due(parts_.clock.now(), jobs.held())) return;
  grant_posted_ = true;
  // After other calls that arrived meanwhile: one transaction serves them all.
  parts_.thread.post([this] {
    grant_posted_ = false;
    grant();
  });
}

void Grants::grant() {
  if (!hooks_.is_open()) return;
  hooks_.expire_overdue();
  Jobs& jobs = parts_.jobs;
  while (!line_.empty() && jobs.backlog().has_due(parts_.clock.now(), jobs.held())) {
    std::vector<Grant> grants = take_due();
    Result<> stored = store(grants);
    if (!stored && fault_of(stored.error()) == Fault::DiskFull && !parts_.health.is_disk_low()) {
      parts_.health.note_fault(stored.error());
      stored = store(grants);
    }
    if (!stored) {
      // The jobs keep their places; the next upkeep tries again.
      for (const Grant& grant : grants) jobs.backlog().add(grant.job);
      return parts_.health.note_fault(stored.error());
    }
    for (Grant& grant : grants) {
      grant.has_events = jobs.streams().shows_a_run(grant.stored.token);
      grant.stop = jobs.leased(grant.job, grant.stored.token, grant.lease, grant.stored.attempt);
    }
    jobs.publish();  // Before the answers: a worker must find its own lease in the figures.
    for (Grant& grant : grants) deliver(grant);
  }
}

std::vector<Grants::Grant> Grants::take_due() {
  std::vector<Grant> grants;
  Backlog::Held held = parts_.jobs.held();
  while (grants.size() < std::min(line_.size(), kGrantsPerTransaction)) {
    const auto job = parts_.jobs.backlog().take(parts_.clock.now(), held);
    if (!job) break;
    ++held.jobs;
    held.in_quarantine = job->lane == Lane::Quarantine;
    grants.push_back({*job, random_bits(), {}, {}, false});
  }
  return grants;
}

Result<> Grants::store(std::vector<Grant>& grants) {
  // A lease need not be on the disk before the worker gets the job. It must only survive a crash of
  // this process, so that a job that crashes it is charged. After a power cut no job is charged.
  EVALX_TRY_VOID(parts_.database.begin(Database::Durability::Process));
  Bytes specs;
  std::size_t stored = 0;
  for (Grant& grant : grants) {
    auto granted = parts_.table.grant(grant.job.id, grant.lease);
    if (!granted) {
      parts_.database.rollback();
      return tl::make_unexpected(std::move(granted).error());
    }
    grant.stored = *std::move(granted);
    specs += Bytes{grant.stored.spec.size()};
    for (const std::string& part : grant.stored.checkpoint) specs += Bytes{part.size()};
    ++stored;
    if (specs > kGrantedBytesPerTransaction) break;
  }
  EVALX_TRY_VOID(parts_.database.commit());
  for (; grants.size() > stored; grants.pop_back()) parts_.jobs.backlog().add(grants.back().job);
  return {};
}

void Grants::deliver(Grant& grant) {
  const LeaseId id{grant.stored.token, grant.lease};
  Leased leased{id,
                grant.stored.attempt,
                std::move(grant.stored.spec),
                std::chrono::duration_cast<Microseconds>(parts_.clock.now() - grant.job.since),
                grant.stop,
                std::move(grant.stored.checkpoint),
                grant.has_events,
                std::move(grant.stored.spec_digest)};
  if (!line_.deliver(std::move(leased))) hooks_.give_back(id);
}

void Grants::wake_when_due() {
  const auto due = parts_.jobs.backlog().next_due(parts_.clock.now());
  if (!hooks_.is_open() || !due || (due_wake_ && *due_wake_ <= *due)) return;
  due_wake_ = due;
  const auto rest = std::max(*due - parts_.clock.now(), Clock::Instant::duration::zero());
  parts_.thread.after(rest, [this] {
    due_wake_.reset();
    grant();
    wake_when_due();
  });
}

}  // namespace evalx::queue::sqlite
