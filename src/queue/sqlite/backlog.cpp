#include "queue/sqlite/backlog.hpp"

#include <algorithm>

namespace evalx::queue::sqlite {

void Backlog::add_later(JobId id, Clock::Instant since, Clock::Instant due) {
  later_.emplace(id, Later{since, due});
  by_due_.emplace(due, id);
}

void Backlog::remove(JobId id) {
  if (due_.erase(id) > 0) return;
  const auto found = later_.find(id);
  if (found == later_.end()) return;
  const auto [first, last] = by_due_.equal_range(found->second.due);
  by_due_.erase(std::find_if(first, last, [id](const auto& entry) { return entry.second == id; }));
  later_.erase(found);
}

void Backlog::promote(Clock::Instant now) {
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    const auto node = later_.extract(by_due_.begin()->second);
    by_due_.erase(by_due_.begin());
    due_.emplace(node.key(), node.mapped().since);
  }
}

std::optional<Backlog::Waiting> Backlog::take(Clock::Instant now) {
  promote(now);
  if (due_.empty()) return std::nullopt;
  const auto first = due_.extract(due_.begin());
  return Waiting{first.key(), first.mapped()};
}

bool Backlog::has_due(Clock::Instant now) {
  promote(now);
  return !due_.empty();
}

std::optional<Clock::Instant> Backlog::oldest_since() const {
  std::optional<Clock::Instant> oldest;
  if (!due_.empty()) oldest = due_.begin()->second;
  if (!later_.empty()) {
    const Clock::Instant since = later_.begin()->second.since;
    oldest = oldest ? std::min(*oldest, since) : since;
  }
  return oldest;
}

std::optional<Clock::Instant> Backlog::next_due(Clock::Instant now) {
  promote(now);
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

}  // namespace evalx::queue::sqlite
