#include "queue/simulation/network.hpp"

namespace evalx::queue::simulation {

void Network::crash_store() {
  store_away_until_ = now_ + Milliseconds{random_.below(3000)};
  on_crash(synced_at_);
  store_.crash(store_away_until_);
}

}  // namespace evalx::queue::simulation
