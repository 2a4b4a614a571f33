#include "queue/redis/outbox.hpp"

#include <utility>

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kWaitingMax = 16'384;
constexpr std::size_t kUnconfirmedMax = 16'384;  // For each job; more than its tests.

}  // namespace

void Outbox::add(LeaseId id, std::string kind, std::string data) {
  if (waiting_.fetch_add(1) >= kWaitingMax) {
    --waiting_;
    ++dropped_;
    return;
  }
  thread_.post(
      [this, id = std::move(id), kind = std::move(kind), data = std::move(data)]() mutable {
        --waiting_;
        take(id, std::move(kind), std::move(data));
      });
}

void Outbox::take(const LeaseId& id, std::string kind, std::string data) {
  note_dropped();
  Holdings::Held* const held = holdings_.find(id);
  if (held == nullptr) return;
  ++held->events;
  if (held->unconfirmed.size() >= kUnconfirmedMax) return;  // Redis will find its number missing.
  held->unconfirmed.push_back({held->events, std::move(kind), std::move(data)});
  if (!held->is_stalled) send(id, held->unconfirmed.back());
}

void Outbox::send(const LeaseId& id, const Holdings::Event& event) {
  scripts_.run("progress",
               {id.token, std::to_string(id.lease), event.kind, event.data,
                std::to_string(event.number)},
               [this, id, number = event.number](const Result<Reply>& reply) {
                 take_reply(id, number, reply);
               });
}

void Outbox::take_reply(const LeaseId& id, std::uint64_t number, const Result<Reply>& reply) {
  Holdings::Held* const held = holdings_.find(id);
  if (held == nullptr) return;
  if (!reply) {
    held->is_stalled = true;
    return;
  }
  auto& unconfirmed = held->unconfirmed;
  while (!unconfirmed.empty() && unconfirmed.front().number <= number) unconfirmed.pop_front();
}

void Outbox::send_again() {
  for (auto& [token, held] : holdings_.jobs()) {
    if (!std::exchange(held.is_stalled, false)) continue;
    const LeaseId id{token, held.lease};
    const std::deque<Holdings::Event> events = held.unconfirmed;  // Replies may come meanwhile.
    for (const Holdings::Event& event : events) send(id, event);
  }
}

std::optional<std::uint64_t> Outbox::last_of(const LeaseId& id) {
  note_dropped();
  const Holdings::Held* const held = holdings_.find(id);
  return held == nullptr ? std::nullopt : std::optional{held->events};
}

/// It is not known whose events they were: each job may miss one.
void Outbox::note_dropped() {
  const std::uint64_t dropped = dropped_;
  if (dropped == std::exchange(noted_dropped_, dropped)) return;
  for (auto& [token, held] : holdings_.jobs()) ++held.events;
}

}  // namespace evalx::queue::redis
