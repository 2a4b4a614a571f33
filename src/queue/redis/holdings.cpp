#include "queue/redis/holdings.hpp"

#include <utility>

namespace evalx::queue::redis {

std::stop_token Holdings::add(const LeaseId& id) {
  Held& held = jobs_[id.token];
  held = {};
  held.lease = id.lease;
  return held.stop.get_token();
}

bool Holdings::remove(const LeaseId& id, Holder holder) {
  const auto found = jobs_.find(id.token);
  if (found == jobs_.end() || found->second.lease != id.lease) return false;
  if (holder == Holder::MustStop) found->second.stop.request_stop();
  jobs_.erase(found);
  return true;
}

void Holdings::stop_all() {
  for (auto& [token, held] : jobs_) held.stop.request_stop();
}

Holdings::Jobs Holdings::remove_all() {
  stop_all();
  return std::exchange(jobs_, {});
}

Holdings::Held* Holdings::find(const LeaseId& id) {
  const auto found = jobs_.find(id.token);
  if (found == jobs_.end() || found->second.lease != id.lease) return nullptr;
  return &found->second;
}

std::optional<std::uint64_t> Holdings::lease_of(const std::string& token) const {
  const auto found = jobs_.find(token);
  if (found == jobs_.end()) return std::nullopt;
  return found->second.lease;
}

}  // namespace evalx::queue::redis
