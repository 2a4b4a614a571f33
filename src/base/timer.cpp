#include "base/timer.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace evalx {

Task<> wait_on(std::shared_ptr<Timer> timer, std::stop_token stop) {
  auto cancel = [weak = std::weak_ptr<Timer>{timer}, executor = timer->get_executor()] {
    asio::post(executor, [weak] {
      if (const auto waiting = weak.lock()) waiting->cancel();
    });
  };
  const std::stop_callback on_stop{std::move(stop), std::move(cancel)};
  co_await timer->async_wait(kAsResult);
}

}  // namespace evalx
