#include "queue/sqlite/callback_lanes.hpp"

#include "queue/callback.hpp"

namespace evalx::queue::sqlite {

std::optional<Clock::Instant> CallbackLanes::next_of(const Lane& lane) {
  if (lane.waiting.empty() || lane.sending >= kCallbacksPerLane) return std::nullopt;
  return lane.waiting.begin()->first;
}

void CallbackLanes::change(const std::string& name, const std::function<void(Lane&)>& change) {
  const auto lane = lanes_.try_emplace(name).first;
  if (const auto due = next_of(lane->second)) ready_.erase({*due, name});
  change(lane->second);
  if (const auto due = next_of(lane->second)) ready_.emplace(*due, name);
  if (lane->second.waiting.empty() && lane->second.sending == 0) lanes_.erase(lane);
}

void CallbackLanes::wait(const std::string& token, const std::string& lane, Instant since,
                         Instant due) {
  remove(token);
  known_[token] = {lane, since, due, false};
  by_since_.emplace(since, token);
  change(lane, [&](Lane& changed) { changed.waiting.emplace(due, token); });
}

void CallbackLanes::wait_again(const std::string& token) {
  const auto found = known_.find(token);
  if (found == known_.end() || !found->second.is_sent) return;
  const Known known = found->second;
  wait(token, known.lane, known.since, known.due);
}

void CallbackLanes::remove(const std::string& token) {
  const auto found = known_.extract(token);
  if (!found) return;
  const Known& known = found.mapped();
  by_since_.erase({known.since, token});
  change(known.lane, [&](Lane& lane) {
    if (known.is_sent) {
      --lane.sending;
    } else {
      lane.waiting.erase({known.due, token});
    }
  });
}

std::vector<std::string> CallbackLanes::take(Instant now, std::size_t limit) {
  std::vector<std::string> taken;
  while (taken.size() < limit && !ready_.empty() && ready_.begin()->first <= now) {
    const std::string name = ready_.begin()->second;
    change(name, [&](Lane& lane) {
      taken.push_back(lane.waiting.begin()->second);
      lane.waiting.erase(lane.waiting.begin());
      ++lane.sending;
    });
    known_.at(taken.back()).is_sent = true;
  }
  return taken;
}

std::optional<Clock::Instant> CallbackLanes::next() const {
  if (ready_.empty()) return std::nullopt;
  return ready_.begin()->first;
}

std::optional<Clock::Instant> CallbackLanes::oldest_since() const {
  if (by_since_.empty()) return std::nullopt;
  return by_since_.begin()->first;
}

}  // namespace evalx::queue::sqlite
