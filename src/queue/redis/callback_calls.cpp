#include "queue/redis/callback_calls.hpp"

#include <algorithm>
#include <utility>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kWaitersMax = 64;        // A process has one sender.
constexpr std::size_t kGrantsPerRequest = 64;  // No other request waits for longer than 3 ms.
constexpr Milliseconds kHurriedAtMost{2'000};  // For calls without patience, if Redis is slow.
constexpr Microseconds kLongestPause = std::chrono::seconds{1};  // If a message was lost.
constexpr Microseconds kShortestPause = std::chrono::milliseconds{5};

/// The pauses after 1, 2 and more deaths in a row, until they grow no longer.
std::string pauses() {
  std::string text = std::to_string(pause_after_deaths(1).count());
  for (unsigned lost = 2;; ++lost) {
    text += " " + std::to_string(pause_after_deaths(lost).count());
    if (pause_after_deaths(lost) == pause_after_deaths(lost + 1)) return text;
  }
}

std::vector<DueCallback> due_of(const Reply& granted) {
  std::vector<DueCallback> due;
  for (const Reply& each : granted.list) {
    due.push_back({{each.at(0).text, each.at(1).number().value_or(0)},
                   static_cast<unsigned>(each.at(2).number().value_or(0)),
                   static_cast<unsigned>(each.at(3).number().value_or(0)),
                   each.at(4).text});
  }
  return due;
}

}  // namespace

CallbackCalls::CallbackCalls(LoopThread& thread, Links links, const Options& options, Hooks hooks)
    : thread_(thread), links_(links), options_(options), hooks_(std::move(hooks)) {}

void CallbackCalls::take(const std::weak_ptr<void>& owner, std::size_t limit, Milliseconds patience,
                         CallbacksCall call) {
  call->on_cancel([this, owner, raw = std::weak_ptr{call}] {
    const auto kept = owner.lock();
    const auto cancelled = raw.lock();
    if (!kept || !cancelled) return;
    thread_.post([this, cancelled] {
      leave(cancelled, fail(std::make_error_code(std::errc::operation_canceled), "take callbacks"));
    });
  });
  call->on_undelivered([this, owner](Answer granted) {
    const auto kept = owner.lock();
    if (!kept) return;
    thread_.post([this, granted = *std::move(granted)]() mutable {
      for (DueCallback& callback : granted) links_.leases.give_back(std::move(callback.id));
    });
  });
  thread_.post([this, limit, patience, call = std::move(call)]() mutable {
    enter(limit, patience, std::move(call));
  });
}

void CallbackCalls::enter(std::size_t limit, Milliseconds patience, CallbacksCall call) {
  if (!hooks_.is_open() || waiters_.size() >= kWaitersMax) {
    call->answer(fail(Errc::Unavailable, "take callbacks"));
    return;
  }
  const bool is_hurried = patience <= Milliseconds::zero();
  const auto waiter = waiters_.insert(waiters_.end(), {limit, std::move(call), {}, {}});
  if (is_hurried) waiter->hurried = next_;  // A request that is under way was sent without it.
  waiter->deadline = thread_.after(is_hurried ? kHurriedAtMost : patience, [this, waiter] {
    waiter->deadline.reset();
    answer(waiter, std::vector<DueCallback>{});
  });
  serve();
}

void CallbackCalls::leave(const CallbacksCall& call, Answer with) {
  const auto waiter = std::find_if(waiters_.begin(), waiters_.end(),
                                   [&](const Waiter& each) { return each.call == call; });
  if (waiter != waiters_.end()) answer(waiter, std::move(with));
}

void CallbackCalls::answer(Position waiter, Answer with) {
  const CallbacksCall call = std::move(waiter->call);
  if (waiter->deadline) thread_.cancel(*waiter->deadline);
  waiters_.erase(waiter);
  std::vector<CallbackLease> leases;
  if (with) {
    for (const DueCallback& callback : *with) leases.push_back(callback.id);
  }
  if (call->answer(std::move(with))) return;
  for (CallbackLease& lease : leases) links_.leases.give_back(std::move(lease));
}

void CallbackCalls::serve() {
  if (is_asking_) {
    ask_again_ = true;
    return;
  }
  if (waiters_.empty() || !links_.connection.is_ready()) return;
  is_asking_ = true;
  ask_again_ = false;
  static const std::string kPauses = pauses();
  std::vector<std::string> args{
      std::to_string(kCallbacksPerLane), std::to_string(Microseconds{options_.lease}.count()),
      std::to_string(options_.retention.count()), hooks_.may_take_over() ? "1" : "0", kPauses};
  for (std::size_t i = 0; i < std::min(waiters_.front().limit, kGrantsPerRequest); ++i) {
    args.push_back(std::to_string(random_bits()));
  }
  links_.scripts.run("take_callbacks", std::move(args),
                     [this, number = next_++](const Result<Reply>& reply) {
                       is_asking_ = false;
                       if (reply) {
                         taken(number, *reply);
                       } else {
                         serve_in(kLongestPause);
                       }
                     });
}

void CallbackCalls::taken(std::uint64_t number, const Reply& reply) {
  links_.census.note_callbacks(reply.at(3), reply.at(4));
  for (const Reply& token : reply.at(2).list) {
    log::error("a stored callback is damaged", {{"job", token.text}});
  }
  std::vector<DueCallback> granted = due_of(reply.at(1));
  for (const DueCallback& callback : granted) links_.leases.add(callback.id);
  const bool is_empty = granted.empty();
  if (!is_empty) {
    failpoint("callback.after_lease");
    deliver(std::move(granted));
  } else {
    answer_hurried(number);
  }
  if (ask_again_ || !is_empty) return serve();
  const auto until_due = reply.at(5).number();
  serve_in(until_due && *until_due < static_cast<std::uint64_t>(kLongestPause.count())
               ? Microseconds{*until_due}
               : kLongestPause);
}

/// The call for which they were leased may be answered by now: then they are for the next one.
void CallbackCalls::deliver(std::vector<DueCallback> granted) {
  auto rest = granted.begin();
  while (rest != granted.end() && !waiters_.empty()) {
    const auto many = static_cast<std::ptrdiff_t>(waiters_.front().limit);
    const auto end = rest + std::min(many, granted.end() - rest);
    answer(waiters_.begin(),
           std::vector<DueCallback>{std::make_move_iterator(rest), std::make_move_iterator(end)});
    rest = end;
  }
  for (; rest != granted.end(); ++rest) links_.leases.give_back(std::move(rest->id));
}

void CallbackCalls::answer_hurried(std::uint64_t number) {
  for (auto next = waiters_.begin(); next != waiters_.end();) {
    const auto waiter = next++;
    if (waiter->hurried && *waiter->hurried <= number) {
      answer(waiter, std::vector<DueCallback>{});
    }
  }
}

void CallbackCalls::serve_in(Microseconds time) {
  if (timer_) thread_.cancel(*timer_);
  timer_ = thread_.after(std::max(time, kShortestPause), [this] {
    timer_.reset();
    serve();
  });
}

void CallbackCalls::close(const Error& why) {
  while (!waiters_.empty()) answer(waiters_.begin(), tl::make_unexpected(why));
}

}  // namespace evalx::queue::redis
