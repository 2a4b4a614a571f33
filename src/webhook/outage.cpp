#include "webhook/outage.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "base/timer.hpp"

namespace evalx::webhook {

Task<> Outage::pause(const Error& error, unsigned times, std::stop_token stop) {
  if (stop.stop_requested()) co_return;
  if (!is_known_) {
    log::warning("callbacks wait for the queue", {{"step", step_}, {"cause", words_of(error)}});
    is_known_ = true;
  }
  constexpr unsigned kDoublingsMax = 16;
  const Milliseconds time = pauses_.first * (1U << std::min(times - 1, kDoublingsMax));
  auto timer = std::make_shared<Timer>(executor_, std::min(time, pauses_.longest));
  co_await wait_on(std::move(timer), std::move(stop));
}

void Outage::over() {
  if (!is_known_) return;
  log::info("the queue is available again to callbacks", {{"step", step_}});
  is_known_ = false;
}

}  // namespace evalx::webhook
