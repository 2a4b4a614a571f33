#include "queue/sqlite/backlog.hpp"

#include <algorithm>

namespace evalx::queue::sqlite {

void Backlog::add(const Waiting& job) {
  note_expiry(job);
  due_[job.lane].emplace(job.id, job.since);
}

void Backlog::add_later(const Waiting& job, Clock::Instant due) {
  note_expiry(job);
  later_.emplace(job.id, Later{job, due});
  by_due_.emplace(due, job.id);
}

void Backlog::note_expiry(const Waiting& job) {
  if (!job.expires) return;
  expires_.emplace(job.id, *job.expires);
  by_expiry_.emplace(*job.expires, job.id);
}

std::optional<Clock::Instant> Backlog::forget_expiry(JobId id) {
  const auto found = expires_.extract(id);
  if (!found) return std::nullopt;
  by_expiry_.erase({found.mapped(), id});
  return found.mapped();
}

std::optional<Backlog::Waiting> Backlog::extract(JobId id) {
  const auto expires = forget_expiry(id);
  for (auto& [lane, line] : due_) {
    if (const auto found = line.extract(id)) return Waiting{id, found.mapped(), lane, expires};
  }
  const auto found = later_.extract(id);
  if (!found) return std::nullopt;
  const auto [first, last] = by_due_.equal_range(found.mapped().due);
  by_due_.erase(std::find_if(first, last, [id](const auto& entry) { return entry.second == id; }));
  return found.mapped().job;
}

void Backlog::remove(JobId id) {
  if (!extract(id)) overdue_.erase(id);
}

void Backlog::promote(Clock::Instant now) {
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    const auto node = later_.extract(by_due_.begin()->second);
    by_due_.erase(by_due_.begin());
    add(node.mapped().job);
  }
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    if (const auto job = extract(by_expiry_.begin()->second)) overdue_.emplace(job->id, *job);
  }
}

std::vector<Backlog::Waiting> Backlog::overdue(Clock::Instant now, std::size_t limit) {
  promote(now);
  std::vector<Waiting> found;
  for (const auto& [id, job] : overdue_) {
    if (found.size() == limit) break;
    found.push_back(job);
  }
  return found;
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
  return Waiting{first.key(), first.mapped(), lane, forget_expiry(first.key())};
}

bool Backlog::has_due(Clock::Instant now, const Held& held) {
  promote(now);
  Lane lane = Lane::Normal;
  return next_line(held, lane) != nullptr;
}

std::size_t Backlog::size() const {
  std::size_t size = later_.size() + overdue_.size();
  for (const auto& [lane, line] : due_) size += line.size();
  return size;
}

Clock::Instant Backlog::since(JobId id) const {
  for (const auto& [lane, line] : due_) {
    if (const auto found = line.find(id); found != line.end()) return found->second;
  }
  if (const auto found = later_.find(id); found != later_.end()) return found->second.job.since;
  const auto found = overdue_.find(id);
  return found == overdue_.end() ? Clock::Instant{} : found->second.since;
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
  if (!overdue_.empty()) consider(overdue_.begin()->second.since);
  return oldest;
}

std::optional<Clock::Instant> Backlog::next_due(Clock::Instant now) {
  promote(now);
  std::optional<Clock::Instant> next;
  if (!by_due_.empty()) next = by_due_.begin()->first;
  if (!by_expiry_.empty() && (!next || by_expiry_.begin()->first < *next)) {
    next = by_expiry_.begin()->first;
  }
  return next;
}

}  // namespace evalx::queue::sqlite
