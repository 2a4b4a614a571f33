#include "service/callback_settings.hpp"

#include "http/client/call.hpp"
#include "webhook/destination.hpp"
#include "webhook/retry_plan.hpp"
#include "webhook/target.hpp"

namespace evalx::service {
namespace {

bool are_enabled(const config::Settings& settings) {
  return !settings.webhook_secrets.empty();
}

}  // namespace

webhook::Reach reach_of(const config::Settings& settings) {
  return settings.allow_private_callbacks ? webhook::Reach::Private : webhook::Reach::Public;
}

api::v1::CallbackCheck callback_check(const config::Settings& settings) {
  if (!are_enabled(settings)) return {};
  return [reach = reach_of(settings)](std::string_view url) -> Result<queue::CallbackRequest> {
    EVALX_TRY(const webhook::Destination destination, webhook::parse_destination(url, reach));
    return webhook::request_of(destination);
  };
}

api::v1::CallbackFacts callback_facts(const config::Settings& settings) {
  using std::chrono::ceil;
  using std::chrono::seconds;
  const http::client::CallLimits limits;
  return {.enabled = are_enabled(settings),
          .attempts_max = webhook::RetryPlan::kAttemptsUsual,
          .url_bytes_max = webhook::kUrlBytesMax,
          .connect_max = ceil<seconds>(limits.connect_time),
          .answer_max = ceil<seconds>(limits.head_time),
          .total_max = ceil<seconds>(limits.total_time)};
}

}  // namespace evalx::service
