// The waits between the attempts of a callback in the fault tests, linked into evalx_failpoints
// only: all attempts together take about ten seconds.
#include <algorithm>
#include <array>

#include "webhook/retry_plan.hpp"

namespace evalx::webhook {

Milliseconds usual_wait(int attempt) {
  constexpr std::array kWaits{Milliseconds{250}, Milliseconds{1'000}, Milliseconds{2'000}};
  return kWaits.at(std::min(static_cast<std::size_t>(attempt), kWaits.size()) - 1);
}

}  // namespace evalx::webhook
