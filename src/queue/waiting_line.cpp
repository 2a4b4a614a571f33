#include "queue/waiting_line.hpp"

#include "base/assert.hpp"

namespace evalx::queue {
namespace {

constexpr std::size_t kWaitersMax = 16'384;

}  // namespace

void WaitingLine::enter(const std::weak_ptr<void>& owner, Milliseconds patience, LeaseCall call) {
  const Id id = next_id_++;
  call->on_cancel([this, owner, id] {
    const auto kept = owner.lock();
    if (!kept) return;
    thread_.post([this, id] {
      leave(id, fail(std::make_error_code(std::errc::operation_canceled), "lease"));
    });
  });
  call->on_undelivered([this, owner](const Answer& leased) {
    const auto kept = owner.lock();
    if (kept && *leased) hooks_.give_back((*leased)->id);
  });
  thread_.post([this, id, patience, call = std::move(call)]() mutable {
    admit(id, patience, std::move(call));
  });
}

void WaitingLine::admit(Id id, Milliseconds patience, LeaseCall call) {
  if (!hooks_.is_open() || waiters_.size() >= kWaitersMax) {
    call->answer(fail(Errc::Unavailable, "lease"));
    return;
  }
  waiters_[id].call = std::move(call);
  if (patience > Milliseconds::zero()) limit(id, patience);
  hooks_.entered(id, patience);
}

void WaitingLine::limit(Id id, Milliseconds time) {
  const auto waiter = waiters_.find(id);
  EVALX_ASSERT(waiter != waiters_.end() && !waiter->second.deadline);
  waiter->second.deadline = thread_.after(time, [this, id, waiter] {
    waiter->second.deadline.reset();  // It still waits: take() removes the deadline of any other.
    hooks_.last_chance();
    leave(id, std::optional<Leased>{});
  });
}

LeaseCall WaitingLine::take(std::map<Id, Waiter>::iterator waiter) {
  if (waiter->second.deadline) thread_.cancel(*waiter->second.deadline);
  LeaseCall call = std::move(waiter->second.call);
  waiters_.erase(waiter);
  return call;
}

void WaitingLine::leave(Id id, Answer answer) {
  const auto found = waiters_.find(id);
  if (found != waiters_.end()) take(found)->answer(std::move(answer));
}

bool WaitingLine::deliver(Leased leased) {
  return take(waiters_.begin())->answer(std::optional<Leased>{std::move(leased)});
}

void WaitingLine::close(const Error& why) {
  while (!waiters_.empty()) take(waiters_.begin())->answer(tl::make_unexpected(why));
}

}  // namespace evalx::queue
