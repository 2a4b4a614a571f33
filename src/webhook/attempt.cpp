#include "webhook/attempt.hpp"

#include <utility>

namespace evalx::webhook {

Task<Decision> Sender::attempt(Webhook webhook, int attempt, RetryPlan plan, std::uint64_t random,
                               std::stop_token stop) {
  http::client::Call call;
  call.method = "POST";
  call.url = std::move(webhook.destination.url);
  call.headers = secrets_.sign(webhook.id, clock_.wall_now(), webhook.body);
  call.headers.push_back({"Content-Type", "application/json"});
  call.headers.push_back({"User-Agent", "evalX"});
  call.body = std::move(webhook.body);
  http::client::AddressFilter filter = [reach = reach_](const asio::ip::address& address) {
    return refusal_of(address, reach);
  };
  const http::client::Outcome outcome =
      co_await client_.send(std::move(call), std::move(filter), limits, std::move(stop));
  co_return decide(outcome, attempt, plan, clock_.wall_now(), random);
}

}  // namespace evalx::webhook
