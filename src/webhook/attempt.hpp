#pragma once
// Attempt: signs a webhook, sends it once, and decides what follows.

#include <cstdint>
#include <stop_token>
#include <string>

#include "http/client/client.hpp"
#include "webhook/destination.hpp"
#include "webhook/retry_plan.hpp"
#include "webhook/signature.hpp"

namespace evalx::webhook {

struct Webhook {
  Destination destination;
  std::string id;    ///< webhook-id; see SigningSecrets::sign().
  std::string body;  ///< JSON.
};

/// How webhooks are sent. The client and the clock must outlive it.
class Sender {
 public:
  Sender(http::client::Client& client, const Clock& clock, SigningSecrets secrets, Reach reach)
      : client_(client), clock_(clock), secrets_(std::move(secrets)), reach_(reach) {}

  /// POSTs the webhook to the addresses of its destination that are within the reach. Returns
  /// within CallLimits::total_time. `attempt` and `random`: see decide(). Any number of attempts
  /// may run at the same time.
  Task<Decision> attempt(Webhook webhook, int attempt, RetryPlan plan, std::uint64_t random,
                         std::stop_token stop);

  http::client::CallLimits limits;  ///< Used by the next attempts.

 private:
  http::client::Client& client_;
  const Clock& clock_;
  const SigningSecrets secrets_;
  const Reach reach_;
};

}  // namespace evalx::webhook
