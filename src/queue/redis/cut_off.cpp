#include "queue/redis/cut_off.hpp"

#include <utility>

namespace evalx::queue::redis {

void CutOff::add(const Holdings::Jobs& jobs) {
  for (const auto& [token, held] : jobs) running_[token] = held.lease;
}

void CutOff::stopped(const LeaseId& id) {
  const auto found = running_.find(id.token);
  if (found == running_.end() || found->second != id.lease) return;
  running_.erase(found);
  stopped_.push_back(id);
}

void CutOff::release() {
  for (const LeaseId& id : std::exchange(stopped_, {})) {
    changes_.change(id.token, Release{id.lease}, {}, [this, id](const Result<State>& state) {
      if (!state && state.error().code == Errc::Unavailable) stopped_.push_back(id);
    });
  }
}

}  // namespace evalx::queue::redis
