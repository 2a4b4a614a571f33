#include "queue/sqlite/callback_calls.hpp"

#include <algorithm>

#include "base/failpoint.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::sqlite {
namespace {

constexpr std::size_t kWaitersMax = 64;  // A process has one sender.

}  // namespace

void CallbackCalls::take(const std::weak_ptr<void>& owner, std::size_t limit, Milliseconds patience,
                         CallbacksCall call) {
  call->on_cancel([this, owner, raw = std::weak_ptr{call}] {
    const auto kept = owner.lock();
    const auto cancelled = raw.lock();
    if (!kept || !cancelled) return;
    parts_.thread.post([this, cancelled] {
      leave(cancelled, fail(std::make_error_code(std::errc::operation_canceled), "take callbacks"));
    });
  });
  call->on_undelivered([give_back = hooks_.give_back](Result<std::vector<DueCallback>> taken) {
    for (DueCallback& callback : *taken) give_back(std::move(callback.id));
  });
  parts_.thread.post([this, limit, patience, call = std::move(call)]() mutable {
    enter(limit, patience, std::move(call));
  });
}

void CallbackCalls::enter(std::size_t limit, Milliseconds patience, CallbacksCall call) {
  if (!hooks_.is_open() || waiters_.size() >= kWaitersMax) {
    call->answer(fail(Errc::Unavailable, "take callbacks"));
    return;
  }
  waiters_.push_back({limit, call, std::nullopt});
  serve();
  const auto waiter = std::find_if(waiters_.begin(), waiters_.end(),
                                   [&](const Waiter& each) { return each.call == call; });
  if (waiter == waiters_.end()) return;
  if (patience <= Milliseconds::zero()) return answer(waiter, std::vector<DueCallback>{});
  waiter->deadline = parts_.thread.after(patience, [this, waiter] {
    waiter->deadline.reset();
    answer(waiter, std::vector<DueCallback>{});
  });
}

void CallbackCalls::leave(const CallbacksCall& call, Result<std::vector<DueCallback>> with) {
  const auto waiter = std::find_if(waiters_.begin(), waiters_.end(),
                                   [&](const Waiter& each) { return each.call == call; });
  if (waiter != waiters_.end()) answer(waiter, std::move(with));
}

void CallbackCalls::answer(Position waiter, Result<std::vector<DueCallback>> with) {
  const CallbacksCall call = std::move(waiter->call);
  if (waiter->deadline) parts_.thread.cancel(*waiter->deadline);
  waiters_.erase(waiter);
  std::vector<CallbackLease> leases;
  if (with) {
    for (const DueCallback& callback : *with) leases.push_back(callback.id);
  }
  if (call->answer(std::move(with))) return;
  for (CallbackLease& lease : leases) hooks_.give_back(std::move(lease));
}

void CallbackCalls::serve() {
  CallbackLanes& lanes = parts_.jobs.callbacks();
  while (hooks_.is_open() && !waiters_.empty()) {
    const auto tokens = lanes.take(parts_.clock.now(), waiters_.front().limit);
    if (tokens.empty()) break;
    auto leased = lease(tokens);
    if (!leased) {
      parts_.database.rollback();
      // They keep their places; the next upkeep tries again.
      for (const std::string& token : tokens) lanes.wait_again(token);
      return parts_.health.note_fault(leased.error());
    }
    if (!leased->empty()) answer(waiters_.begin(), *std::move(leased));
  }
  wake_when_due();
}

/// As a job's lease, this one must only survive a crash of this process: so that a callback whose
/// answer crashes it is known.
Result<std::vector<DueCallback>> CallbackCalls::lease(const std::vector<std::string>& tokens) {
  std::vector<DueCallback> leased;
  std::vector<std::string> gone;
  EVALX_TRY_VOID(parts_.database.begin(Database::Durability::Process));
  for (const std::string& token : tokens) {
    EVALX_TRY(auto stored, parts_.table.callbacks().look_up(token));
    // Memory decides when it is due.
    const auto next = stored ? after_take(stored->callback, random_bits(), StoreTime::max())
                             : Result<Callback>{fail(Errc::NotFound, "take callback")};
    if (!next) {
      gone.push_back(token);
      continue;
    }
    stored->callback = *next;
    EVALX_TRY_VOID(parts_.table.callbacks().store(token, *stored, {}));
    EVALX_TRY(std::string target, parts_.table.callbacks().target(token));
    leased.push_back({{token, next->lease}, next->round, next->attempt, std::move(target)});
  }
  EVALX_TRY_VOID(parts_.database.commit());
  for (const std::string& token : gone) parts_.jobs.callbacks().remove(token);
  failpoint("callback.after_lease");
  return leased;
}

void CallbackCalls::wake_when_due() {
  const auto due = parts_.jobs.callbacks().next();
  if (waiters_.empty() || !due || (wake_ && *wake_ <= *due)) return;
  wake_ = due;
  const auto rest = std::max(*due - parts_.clock.now(), Clock::Instant::duration::zero());
  parts_.thread.after(rest, [this] {
    wake_.reset();
    serve();
  });
}

void CallbackCalls::close(const Error& why) {
  while (!waiters_.empty()) answer(waiters_.begin(), tl::make_unexpected(why));
}

}  // namespace evalx::queue::sqlite
