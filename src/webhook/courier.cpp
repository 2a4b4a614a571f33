#include "webhook/courier.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "base/stop_link.hpp"
#include "base/timer.hpp"
#include "base/wakeup.hpp"
#include "queue/thread.hpp"
#include "webhook/target.hpp"

namespace evalx::webhook {
namespace {

using queue::CallbackEnd;
using queue::DueCallback;

CallbackEnd end_of(Decision decision, Clock::WallInstant now) {
  using Kind = CallbackEnd::Kind;
  if (!decision.redirect.empty()) decision.words += "; this one leads to " + decision.redirect;
  switch (decision.fate) {
    case Fate::Delivered:
      return {Kind::Delivered, {}, std::move(decision.words)};
    case Fate::Retry:
      return {Kind::Retry, std::chrono::duration_cast<Microseconds>(decision.at - now),
              std::move(decision.words)};
    case Fate::Dead:
      return {Kind::Dead, {}, std::move(decision.words)};
    case Fate::Uncharged:
      break;
  }
  return {Kind::Uncharged, {}, std::move(decision.words)};
}

bool is_gone(const Error& error) {
  return error.code == queue::Errc::NotFound || error.code == queue::Errc::Evicted;
}

void log_end(const DueCallback& due, const std::string& host, const Decision& decision) {
  const log::Fields fields{
      {"token", due.id.token}, {"to", host}, {"attempt", due.attempt}, {"answer", decision.words}};
  switch (decision.fate) {
    case Fate::Delivered:
      return log::info("a callback is delivered", fields);
    case Fate::Dead:
      return log::info("a callback is dead", fields);
    case Fate::Retry:
      return log::debug("a callback is sent again later", fields);
    case Fate::Uncharged:
      return log::debug("a callback was stopped and is sent again", fields);
  }
}

}  // namespace

struct Courier::State : std::enable_shared_from_this<State> {
  Executor executor;
  Parts parts;
  CourierLimits limits;
  Bodies bodies;
  Outage taking, settling;

  std::stop_source stop_taking, stop_attempts, stop_settling;
  asio::cancellation_signal cancel_taking;
  std::size_t held = 0;            ///< Callbacks that were taken and are not settled.
  std::size_t lost = 0;            ///< Outcomes.
  std::optional<Wakeup> has_room;  ///< Set when one of them is settled.
  std::size_t coroutines = 0;      ///< Those of `held`, and the one that takes.
  std::optional<Wakeup> all_ended;

  State(const Executor& e, Parts p, CourierLimits l)
      : executor(e),
        parts(std::move(p)),
        limits(l),
        bodies(e, parts.jobs, parts.make_body, l.bodies, l.pauses),
        taking(e, "take callbacks", l.pauses),
        settling(e, "store outcomes", l.pauses) {
    limits.attempts = std::clamp<std::size_t>(l.attempts, 1, queue::kCallbacksTakenMax);
  }

  void spawn(Task<> task, asio::cancellation_slot cancel = {});
  void take_no_more();
  static Task<> take_all(std::shared_ptr<State> self);
  static Task<> handle(std::shared_ptr<State> self, DueCallback due);
  static Task<> end_after(std::shared_ptr<State> self, Milliseconds grace,
                          std::stop_token all_ended);
  Task<CallbackEnd> send(const DueCallback& due);
  Task<Decision> attempt(const DueCallback& due, Destination destination, std::string body);
  CallbackEnd without_body(const DueCallback& due, const Error& why) const;
  CallbackEnd give_up(const DueCallback& due, std::string words) const;
  Task<> settle(const DueCallback& due, CallbackEnd end);
  [[nodiscard]] Task<> pause(Milliseconds time, std::stop_token stop) const;
};

Courier::Courier(const Executor& executor, Parts parts, CourierLimits limits)
    : state_(std::make_shared<State>(executor, std::move(parts), limits)) {}
Courier::~Courier() = default;

void Courier::start() {
  state_->spawn(State::take_all(state_), state_->cancel_taking.slot());
}

Task<> Courier::stop(Milliseconds grace) {
  const std::shared_ptr<State> state = state_;
  state->take_no_more();
  if (state->coroutines > 0) {
    state->all_ended.emplace(state->executor);
    std::stop_source ended;
    asio::co_spawn(state->executor, State::end_after(state, grace, ended.get_token()),
                   [](const std::exception_ptr& exception) { EVALX_ASSERT(!exception); });
    std::stop_token never;
    co_await state->all_ended->wait(std::move(never));
    ended.request_stop();
  }
  if (state->lost > 0)
    log::warning("the queue did not take the outcomes of callbacks: they are sent again",
                 {{"callbacks", state->lost}});
}

void Courier::hurry() {
  state_->take_no_more();
  state_->stop_attempts.request_stop();
}

void Courier::State::take_no_more() {
  stop_taking.request_stop();
  cancel_taking.emit(asio::cancellation_type::terminal);
}

/// Ends the attempts after the grace or when hurry() is called, and later the settling.
Task<> Courier::State::end_after(std::shared_ptr<State> self, Milliseconds grace,
                                 std::stop_token all_ended) {
  std::stop_source skip;
  const StopLink on_end{all_ended, skip};
  const StopLink on_hurry{self->stop_attempts.get_token(), skip};
  co_await self->pause(grace, skip.get_token());
  self->stop_attempts.request_stop();
  co_await self->pause(self->limits.last_outcomes, all_ended);
  self->stop_settling.request_stop();
}

Task<> Courier::State::pause(Milliseconds time, std::stop_token stop) const {
  auto timer = std::make_shared<Timer>(executor, time);
  co_await wait_on(std::move(timer), std::move(stop));
}

void Courier::State::spawn(Task<> task, asio::cancellation_slot cancel) {
  ++coroutines;
  auto ended = [self = shared_from_this()](const std::exception_ptr& exception) {
    EVALX_ASSERT(!exception);
    if (--self->coroutines == 0 && self->all_ended) self->all_ended->set();
  };
  asio::co_spawn(executor, std::move(task), asio::bind_cancellation_slot(cancel, std::move(ended)));
}

Task<> Courier::State::take_all(std::shared_ptr<State> self) {
  // A cancelled call is answered with an error: nothing throws.
  co_await asio::this_coro::throw_if_cancelled(false);
  const std::stop_token stop = self->stop_taking.get_token();
  unsigned failures = 0;
  while (!stop.stop_requested()) {
    if (self->held == self->limits.attempts) {
      Wakeup has_room = self->has_room.emplace(self->executor);
      co_await has_room.wait(stop);
      continue;
    }
    auto taken = co_await self->parts.callbacks.take_callbacks(self->limits.attempts - self->held,
                                                               self->limits.patience);
    if (!taken) {
      co_await self->taking.pause(taken.error(), ++failures, stop);
      continue;
    }
    failures = 0;
    self->taking.over();
    for (DueCallback& due : *taken) {
      ++self->held;
      self->spawn(handle(self, std::move(due)));
    }
  }
}

Task<> Courier::State::handle(std::shared_ptr<State> self, DueCallback due) {
  CallbackEnd end = co_await self->send(due);
  co_await self->settle(due, std::move(end));
  --self->held;
  if (self->has_room) self->has_room->set();
}

Task<CallbackEnd> Courier::State::send(const DueCallback& due) {
  auto destination = read_target(due.target, parts.reach);
  if (!destination) co_return give_up(due, "the URL " + destination.error().what);
  auto body = co_await bodies.load(due.id.token, stop_attempts.get_token());
  if (!body) co_return without_body(due, body.error());
  const std::string host = request_of(*destination).lane;
  const Clock::Instant began = parts.clock.now();
  Decision decision = co_await attempt(due, *std::move(destination), std::move(body->text));
  const auto took = std::chrono::duration_cast<Microseconds>(parts.clock.now() - began);
  log_end(due, host, decision);
  CallbackEnd end = end_of(std::move(decision), parts.clock.wall_now());
  parts.on_attempted({end.kind, took});
  co_return end;
}

Task<Decision> Courier::State::attempt(const DueCallback& due, Destination destination,
                                       std::string body) {
  Webhook webhook{std::move(destination), message_id(due.id.token, due.round), std::move(body)};
  failpoint("callback.before_send", {.job = due.id.token, .lease = due.id.lease});
  std::stop_token stop = stop_attempts.get_token();
  Decision decision =
      co_await parts.sender.attempt(std::move(webhook), static_cast<int>(due.attempt), limits.plan,
                                    queue::random_bits(), std::move(stop));
  failpoint("callback.after_answer", {.job = due.id.token, .lease = due.id.lease});
  co_return decision;
}

CallbackEnd Courier::State::without_body(const DueCallback& due, const Error& why) const {
  if (is_gone(why)) {  // By its client: no attempt, and nothing for an operator.
    log::debug("the submission of a callback was deleted", {{"token", due.id.token}});
    return {CallbackEnd::Kind::Dead, {}, "the submission was deleted"};
  }
  if (why.code == std::errc::operation_canceled) {
    parts.on_attempted({CallbackEnd::Kind::Uncharged, std::nullopt});
    return {CallbackEnd::Kind::Uncharged, {}, "stopped before it was sent"};
  }
  // A redriven job, whose lease is lost by now, or a record that cannot be read.
  const Clock::WallInstant now = parts.clock.wall_now();
  Decision decision =
      put_off("the result cannot be read: " + words_of(why), static_cast<int>(due.attempt),
              limits.plan, now, queue::random_bits());
  CallbackEnd end = end_of(std::move(decision), now);
  parts.on_attempted({end.kind, std::nullopt});
  return end;
}

/// Without an attempt.
CallbackEnd Courier::State::give_up(const DueCallback& due, std::string words) const {
  log::info("a callback is dead", {{"token", due.id.token}, {"cause", words}});
  parts.on_attempted({CallbackEnd::Kind::Dead, std::nullopt});
  return {CallbackEnd::Kind::Dead, {}, std::move(words)};
}

/// Until the queue has the outcome, or refuses it: its job was deleted or redriven, or an earlier
/// try arrived although its reply was lost.
Task<> Courier::State::settle(const DueCallback& due, CallbackEnd end) {
  for (unsigned tries = 1;; ++tries) {
    queue::CallbackLease id = due.id;
    CallbackEnd copy = end;
    const auto settled = co_await parts.callbacks.settle_callback(std::move(id), std::move(copy));
    if (settled || settled.error().code == queue::Errc::LeaseLost) co_return settling.over();
    if (stop_settling.stop_requested()) {
      ++lost;
      co_return;
    }
    co_await settling.pause(settled.error(), tries, stop_settling.get_token());
  }
}

}  // namespace evalx::webhook
