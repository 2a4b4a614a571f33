#include "queue/simulation/fake_worker.hpp"

#include <algorithm>
#include <utility>

namespace evalx::queue::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSlots = 3;
constexpr Microseconds kRenewInterval = 5s;
constexpr Microseconds kStartsUntil = 12s;  // After the last renewal was sent.
constexpr Microseconds kFence = 15s;
constexpr Microseconds kClaimPatience = 3s;

}  // namespace

std::string job_name(JobNumber job) {
  return "j" + std::to_string(job);
}

bool FakeWorker::is_here() const {
  return world_.network.now() >= away_until_ && world_.network.now() >= paused_until_;
}

bool FakeWorker::may_start() const {
  if (world_.bug == Bug::NoFence) return !draining_;
  return !draining_ && world_.network.now() < renewed_ + kStartsUntil;
}

void FakeWorker::log(Event::Kind kind, const Held& held, std::optional<StoreTime> asked,
                     std::uint64_t result) {
  Event event;
  event.time = world_.network.now();
  event.kind = kind;
  event.job = job_name(held.job);
  event.worker = std::to_string(session_);
  event.lease = held.lease;
  event.result = result;
  event.at = asked;
  world_.history.push_back(std::move(event));
}

void FakeWorker::begin_session() {
  ++life_;
  session_ = world_.random.lease();
  session_is_known_ = false;
  renewal_sent_.reset();
  next_claim_ = 1;
  open_claims_.clear();
  end_is_known_ = false;
}

void FakeWorker::drain() {
  if (std::exchange(draining_, true) || !session_is_known_) return;
  tell_end();
}

void FakeWorker::kill_if_draining() {
  if (!draining_) return;
  draining_ = false;
  crash();
}

void FakeWorker::crash() {
  const StoreTime now = world_.network.now();
  give_up_all();
  session_ = 0;
  ++life_;
  away_until_ = now + Milliseconds{500 + world_.random.below(5000)};
}

void FakeWorker::tick() {
  if (!is_here()) return;
  const StoreTime now = world_.network.now();
  if (session_ == 0) begin_session();
  if (session_is_known_ && now >= renewed_ + kFence && world_.bug != Bug::NoFence) {
    give_up_all();
    begin_session();
  }
  const Microseconds interval = session_is_known_ ? kRenewInterval : Microseconds{1s};
  if (!renewal_sent_ || now >= *renewal_sent_ + interval) renew();
  if (draining_ && session_is_known_ && !end_is_known_) tell_end();
  std::erase_if(open_claims_, [&](const auto& open) { return now > open.second + kClaimPatience; });
  for (std::size_t i = 0; i < held_.size() && session_ != 0; ++i) work(held_[i]);
  if (session_ != 0 && session_is_known_) claim();
}

void FakeWorker::renew() {
  const StoreTime sent = world_.network.now();
  renewal_sent_ = sent;
  std::vector<std::uint64_t> leases;
  for (const Held& held : held_) leases.push_back(held.lease);
  const std::uint64_t open_from = open_claims_.empty() ? next_claim_ : open_claims_.begin()->first;
  world_.network.call(
      Network::Repeat::Safe,
      [this, session = session_, is_new = !session_is_known_, open_from, leases] {
        return world_.store.renew(session, is_new, open_from, leases, world_.network.now());
      },
      heard([this, sent](const FakeStore::Renewal& renewal) {
        if (!renewal.is_known) {
          give_up_all();
          return begin_session();
        }
        renewed_ = session_is_known_ ? std::max(renewed_, sent) : sent;
        session_is_known_ = true;
        Event event;
        event.time = world_.network.now();
        event.kind = Event::Kind::Renewed;
        event.worker = std::to_string(session_);
        event.at = renewed_;
        world_.history.push_back(std::move(event));
        for (const std::uint64_t lease : renewal.lost) give_up(lease);
      }));
}

/// Sent at every tick until it is answered.
void FakeWorker::tell_end() {
  world_.network.call(
      Network::Repeat::Safe, [this, session = session_] { return world_.store.end_soon(session); },
      heard([this](bool is_known) { end_is_known_ = is_known; }));
}

void FakeWorker::claim() {
  const StoreTime now = world_.network.now();
  if (!may_start()) return;
  if (held_.size() + open_claims_.size() >= kSlots) return;
  const std::uint64_t number = next_claim_++;
  const std::uint64_t lease = world_.random.lease();
  open_claims_.emplace(number, now);
  world_.network.call(
      Network::Repeat::Unsafe,
      [this, session = session_, number, lease] {
        return world_.store.claim(session, number, lease, world_.network.now());
      },
      heard([this, number, now](const std::optional<FakeStore::Granted>& granted) {
        if (open_claims_.erase(number) == 0) return;  // Given up: the next renewal reports it.
        if (granted) take(*granted, now);
      }));
}

void FakeWorker::take(const FakeStore::Granted& granted, StoreTime asked) {
  const StoreTime now = world_.network.now();
  Held held{granted.job, granted.record.lease, now + Milliseconds{100 + world_.random.below(6000)}};
  log(Event::Kind::Granted, held, asked);
  for (const std::uint64_t part : granted.parts) log(Event::Kind::Resumed, held, {}, part);
  held.started = may_start();
  if (held.started) {
    log(Event::Kind::Started, held, asked);
  } else {
    held.stage = Stage::Unwanted;
  }
  held_.push_back(held);
}

void FakeWorker::work(Held& held) {
  const StoreTime now = world_.network.now();
  if (held.stage == Stage::Running && draining_ && world_.random.below(8) == 0) {
    stop(held);
    held.stage = Stage::Unwanted;
  }
  if (held.stage == Stage::Running) {
    if (now < held.ends) return save(held);
    const Nature nature = world_.natures.at(held.job);
    if (nature == Nature::Poison) return crash();
    const bool refused = nature == Nature::Unreadable;
    const bool faulty = nature == Nature::Flaky && world_.random.below(2) == 0;
    stop(held);
    held.stage = refused ? Stage::Refused : faulty ? Stage::Faulty : Stage::Done;
  }
  offer(held);
}

/// Saves one part at a time; sends the same part at every tick until it is answered.
void FakeWorker::save(Held& held) {
  if (held.part == 0) {
    held.part = world_.random.lease();
    log(Event::Kind::Saving, held, {}, held.part);
  }
  const std::uint64_t part = held.part;
  world_.network.call(
      Network::Repeat::Safe,
      [this, job = held.job, lease = held.lease, part] {
        return world_.store.save(job, lease, part);
      },
      heard([this, lease = held.lease, part](const Result<>& kept) {
        const auto now_held = std::find_if(held_.begin(), held_.end(),
                                           [lease](const Held& h) { return h.lease == lease; });
        if (now_held == held_.end() || now_held->part != part || !kept) return;
        log(Event::Kind::Saved, *now_held, {}, part);
        now_held->part = 0;
      }));
}

/// Sent at every tick until it is answered.
void FakeWorker::offer(const Held& held) {
  const std::uint64_t lease = held.lease;
  const Change change = held.stage == Stage::Done      ? Change{Complete{lease}}
                        : held.stage == Stage::Faulty  ? Change{Retry{lease, world_.random.bits()}}
                        : held.stage == Stage::Refused ? Change{Reject{lease}}
                                                       : Change{Release{lease}};
  world_.network.call(
      Network::Repeat::Safe,
      [this, job = held.job, change, lease] {
        return world_.store.settle(job, change, lease, world_.network.now());
      },
      heard([this, lease, asked = world_.network.now()](const Result<State>& state) {
        const auto held_now = std::find_if(held_.begin(), held_.end(),
                                           [lease](const Held& h) { return h.lease == lease; });
        if (held_now == held_.end()) return;
        if (state && *state == State::Done) log(Event::Kind::Published, *held_now, asked, lease);
        give_up(lease);
      }));
}

void FakeWorker::stop(Held& held) {
  if (held.started) log(Event::Kind::Stopped, held);
  held.started = false;
}

void FakeWorker::give_up(std::uint64_t lease) {
  const auto found = std::find_if(held_.begin(), held_.end(),
                                  [lease](const Held& held) { return held.lease == lease; });
  if (found == held_.end()) return;
  stop(*found);
  held_.erase(found);
}

void FakeWorker::give_up_all() {
  for (Held& held : held_) stop(held);
  held_.clear();
}

}  // namespace evalx::queue::simulation
