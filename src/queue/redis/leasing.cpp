// Hub: the worker's session, its fence, and the jobs it is given.
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/redis/hub.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kGrantsPerClaim = 64;
constexpr std::size_t kLeaseWaitersMax = 16'384;
constexpr Milliseconds kOnceAtMost{2'000};  // For one who does not want to wait.

/// Compared as a whole; its parts are for people.
std::string new_session() {
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::string name = host.data();
  for (char& c : name) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
    if (!is_plain) c = '_';
  }
  return name + ":" + std::to_string(::getpid()) + ":" + std::to_string(random_bits());
}

}  // namespace

void Hub::keep_session() {
  if (closed_ || session_.empty()) return;
  const Microseconds now = boot_time();
  const bool was_awake = now - std::exchange(looked_, now) < rules_.lease / 3;
  if (session_is_known_ && now >= renewed_ + rules_.lease) {
    log::error("the lease could not be renewed in time: all jobs are stopped",
               {{"jobs", holdings_.size()}});
    // A job may have held this process up until it was late, but not Redis.
    if (was_awake && !heart_.is_ready()) keep_leases();
    end_session();
  }
  const Microseconds interval = session_is_known_ ? rules_.lease / 3 : rules_.lease / 15;
  if (heart_.is_ready() && now >= renewal_sent_ + interval) renew();
}

/// Their jobs are stopped, and go back when stopped() is told.
void Hub::keep_leases() {
  for (auto& [token, holding] : std::exchange(holdings_, {})) {
    cut_off_[token] = holding.lease;
    holding.stop.request_stop();
  }
}

/// Whoever takes the jobs over must find nobody at work: all are stopped before the lease ends.
void Hub::end_session() {
  for (auto& [token, holding] : holdings_) holding.stop.request_stop();
  figures_.lease_lost += holdings_.size();
  holdings_.clear();
  open_claims_.clear();
  session_ = new_session();
  session_is_known_ = false;
  is_announced_ = false;
  next_claim_ = 1;
  renewal_sent_ = Microseconds{0};
}

void Hub::renew() {
  const Microseconds sent = boot_time();
  renewal_sent_ = sent;
  const std::uint64_t open_from = open_claims_.empty() ? next_claim_ : *open_claims_.begin();
  std::vector<std::string> args{session_, std::to_string(Microseconds{rules_.lease}.count()),
                                session_is_known_ ? "0" : "1", std::to_string(open_from)};
  for (const auto& [token, holding] : holdings_) {
    args.push_back(token);
    args.push_back(std::to_string(holding.lease));
  }
  heart_scripts_.run("renew", std::move(args),
                     [this, sent, session = session_](const Result<Reply>& reply) {
                       if (reply && session == session_) renewed(*reply, sent);
                     });
}

void Hub::renewed(const Reply& reply, Microseconds sent) {
  if (reply.at(0).text != "ok") return end_session();
  failpoint("worker.renewed", {.at = sent});
  renewed_ = session_is_known_ ? std::max(renewed_, sent) : sent;
  const bool is_new = !session_is_known_;
  session_is_known_ = true;
  for (const Reply& lost : reply.at(1).list) {
    const auto held = holdings_.find(lost.at(0).text);
    if (held == holdings_.end() || held->second.lease != lost.at(1).number()) continue;
    held->second.stop.request_stop();
    holdings_.erase(held);
    ++figures_.lease_lost;
  }
  for (const Reply& orphan : reply.at(2).list) {
    if (const auto lease = orphan.at(1).number()) give_back({orphan.at(0).text, *lease});
  }
  if (!is_announced_ || reply.at(3).number() == 0U) tell_fleet();
  if (is_new) claim();
}

void Hub::give_back(const LeaseId& id) {
  change(id.token, Release{id.lease}, {}, [](const Result<State>&) {});
}

void Hub::stopped(LeaseId id) {
  post([this, id = std::move(id)] {
    const auto found = cut_off_.find(id.token);
    if (found == cut_off_.end() || found->second != id.lease) return;
    cut_off_.erase(found);
    idle_.push_back(id);
    give_back_idle();
  });
}

/// Within a lease after Redis came back, before which nobody takes another's jobs.
void Hub::give_back_idle() {
  if (!commands_.is_ready()) return;
  for (const LeaseId& id : std::exchange(idle_, {})) {
    change(id.token, Release{id.lease}, {}, [this, id](const Result<State>& state) {
      if (!state && state.error().code == Errc::Unavailable) idle_.push_back(id);
    });
  }
}

void Hub::lease(Milliseconds patience, LeaseCall call) {
  const std::uint64_t id = next_id_++;
  const std::weak_ptr<Hub> hub = weak_from_this();
  call->on_cancel([hub, id] {
    const auto self = hub.lock();
    if (!self) return;
    self->post([raw = self.get(), id] {
      raw->stop_waiting(id, fail(std::make_error_code(std::errc::operation_canceled), "lease"));
    });
  });
  call->on_undelivered([hub](const Result<std::optional<Leased>>& leased) {
    const auto self = hub.lock();
    if (self && *leased) self->give_back((*leased)->id);
  });
  post([this, id, patience, call = std::move(call)]() mutable {
    if (closed_ || lease_waiters_.size() >= kLeaseWaitersMax) {
      call->answer(fail(Errc::Unavailable, "lease"));
      return;
    }
    LeaseWaiter& waiter = lease_waiters_[id];
    waiter.call = std::move(call);
    const bool once = patience <= Milliseconds::zero();
    waiter.deadline = deadlines_.add(
        std::chrono::steady_clock::now() + (once ? kOnceAtMost : patience), [this, id] {
          lease_waiters_[id].deadline.reset();
          stop_waiting(id, std::optional<Leased>{});
        });
    arm();
    if (session_.empty()) end_session();          // Begins the first.
    if (once) waiter.answer_after = next_claim_;  // What is under way was begun without it.
    keep_session();
    claim();
  });
}

void Hub::stop_waiting(std::uint64_t id, Result<std::optional<Leased>> answer) {
  const auto found = lease_waiters_.find(id);
  if (found == lease_waiters_.end()) return;
  if (found->second.deadline) deadlines_.remove(*found->second.deadline);
  const LeaseCall call = std::move(found->second.call);
  lease_waiters_.erase(found);
  call->answer(std::move(answer));
}

bool Hub::may_claim() const {
  // Near the end of a lease nothing is begun that its end would stop.
  return !closed_ && !lease_waiters_.empty() && session_is_known_ && commands_.is_ready() &&
         boot_time() < renewed_ + rules_.lease * 12 / 15;
}

void Hub::claim() {
  if (!open_claims_.empty()) {
    claim_again_ = true;
    return;
  }
  if (!may_claim()) return;
  claim_again_ = false;
  const std::uint64_t number = next_claim_++;
  open_claims_.insert(number);
  std::vector<std::string> args{session_, std::to_string(number)};
  for (std::size_t i = 0; i < std::min(lease_waiters_.size(), kGrantsPerClaim); ++i) {
    args.push_back(std::to_string(random_bits()));
  }
  scripts_.run("claim", std::move(args), [this, number, session = session_](Result<Reply> reply) {
    if (session == session_) claimed(number, std::move(reply));
  });
}

void Hub::claimed(std::uint64_t number, Result<Reply> reply) {
  // From here on its leases are held, or the next renewal tells that they never arrived.
  open_claims_.erase(number);
  if (!reply) return;
  if (reply->at(0).text != "ok") return end_session();
  note(reply->at(1));
  const Reply& granted = reply->at(2);
  for (const Reply& job : granted.list) deliver(job);
  for (const Reply& broken : reply->at(3).list) {
    const std::string& token = broken.at(0).text;
    const std::string& why = broken.at(1).text;
    log::error("a stored job is damaged", {{"token", token}, {"cause", why}});
    change(token, Condemn{}, {{}, why}, [](const Result<State>&) {});
  }
  expire(reply->at(4));
  std::vector<std::uint64_t> answered;
  for (const auto& [id, waiter] : lease_waiters_) {
    if (waiter.answer_after != 0 && waiter.answer_after <= number) answered.push_back(id);
  }
  if (claim_again_ || !granted.list.empty()) claim();
  for (const std::uint64_t id : answered) stop_waiting(id, std::optional<Leased>{});
}

void Hub::deliver(const Reply& granted) {
  const LeaseId id{granted.at(0).text, granted.at(1).number().value_or(0)};
  if (lease_waiters_.empty() || closed_) return give_back(id);
  Holding& holding = holdings_[id.token];
  holding = {id.lease, std::stop_source{}};
  const auto first = lease_waiters_.begin();
  if (first->second.deadline) deadlines_.remove(*first->second.deadline);
  const LeaseCall call = std::move(first->second.call);
  lease_waiters_.erase(first);
  Leased leased{id,
                static_cast<unsigned>(granted.at(2).integer),
                granted.at(3).text,
                Microseconds{static_cast<Microseconds::rep>(granted.at(4).number().value_or(0))},
                holding.stop.get_token(),
                {},
                granted.at(5).integer != 0};
  for (const Reply& part : granted.at(6).list) leased.checkpoint.push_back(part.text);
  if (!call->answer(std::optional<Leased>{std::move(leased)})) give_back(id);
}

}  // namespace evalx::queue::redis
