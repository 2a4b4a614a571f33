#include "queue/sqlite/backlog.hpp"

#include <algorithm>

namespace evalx::queue::sqlite {

void Backlog::add_later(const Waiting& job, Clock::Instant due) {
  later_.emplace(job.id, Later{job, due});
  by_due_.emplace(due, job.id);
}

void Backlog::remove(JobId id) {
  for (auto& [lane, line] : due_) {
    if (line.erase(id) > 0) return;
  }
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
    add(node.mapped().job);
  }
}

Backlog::Line* Backlog::next_line(const Held& held, Lane& lane) {
  if (held.in_quarantine) return nullptr;
  lane = due_[Lane::Quarantine].empty() ? Lane::Normal : Lane::Quarantine;
  if (lane == Lane::Quarantine && held.jobs > 0) return nullptr;
  return due_[lane].empty() ? nullptr : &due_[lane];
}

std::optional<Backlog::Waiting> Backlog::take(Clock::Instant now, const Held& held) {
  promote(now);
  Lane lane = Lane::Normal;
  Line* const line = next_line(held, lane);
  if (line == nullptr) return std::nullopt;
  const auto first = line->extract(line->begin());
  return Waiting{first.key(), first.mapped(), lane};
}

bool Backlog::has_due(Clock::Instant now, const Held& held) {
  promote(now);
  Lane lane = Lane::Normal;
  return next_line(held, lane) != nullptr;
}

std::size_t Backlog::size() const {
  std::size_t size = later_.size();
  for (const auto& [lane, line] : due_) size += line.size();
  return size;
}

std::optional<Clock::Instant> Backlog::oldest_since() const {
  std::optional<Clock::Instant> oldest;
  const auto consider = [&](Clock::Instant since) {
    oldest = oldest ? std::min(*oldest, since) : since;
  };
  for (const auto& [lane, line] : due_) {
    if (!line.empty()) consider(line.begin()->second);
  }
  if (!later_.empty()) consider(later_.begin()->second.job.since);
  return oldest;
}

std::optional<Clock::Instant> Backlog::next_due(Clock::Instant now) {
  promote(now);
  if (by_due_.empty()) return std::nullopt;
  return by_due_.begin()->first;
}

}  // namespace evalx::queue::sqlite
