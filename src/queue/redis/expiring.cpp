// Hub: what has waited for too long is ended, by whichever process hears of it first.
#include "queue/redis/hub.hpp"

namespace evalx::queue::redis {
namespace {

constexpr std::size_t kOverdueAtOnce = 256;
constexpr Microseconds kTheirTurn = std::chrono::seconds{2};  // Then others are told of them.

}  // namespace

std::vector<std::string> Hub::overdue_at_once() {
  return {std::to_string(kOverdueAtOnce), std::to_string(kTheirTurn.count())};
}

void Hub::expire(const Reply& tokens) {
  std::shared_ptr<void> more;
  if (tokens.list.size() >= kOverdueAtOnce) {  // When the last of these is settled.
    more = std::shared_ptr<void>(nullptr, [this](void*) {
      post([this] {
        if (!closed_ && commands_.is_ready()) reap();
      });
    });
  }
  for (const Reply& token : tokens.list) {
    change(token.text, Expire{}, {}, [more](const Result<State>&) {});
  }
}

}  // namespace evalx::queue::redis
