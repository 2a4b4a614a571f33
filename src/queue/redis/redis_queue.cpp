#include "queue/redis/redis_queue.hpp"

#include "base/log.hpp"
#include "queue/redis/hub.hpp"

namespace evalx::queue::redis {

Result<std::unique_ptr<Queue>> open(Options options) {
  options.fill_defaults();
  EVALX_TRY_VOID(check_server(options.address, options.durability));
  log::info("queue opened", {{"redis", options.address.shown()}});
  auto hub = std::make_shared<Hub>(std::move(options));
  EVALX_TRY_VOID(hub->start());
  return queue_on(std::move(hub));
}

}  // namespace evalx::queue::redis
