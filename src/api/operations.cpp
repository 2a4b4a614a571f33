#include "api/operations.hpp"

#include "api/answers.hpp"
#include "submission/json_writer.hpp"

namespace evalx::api {

using http::Response;
using http::RoutedRequest;

Response Operations::healthz() const {
  return json_response(R"({"status":"alive"})");
}

Response Operations::readyz(Reasons shown) const {
  std::vector<std::string> reasons;
  if (hooks_.not_ready) reasons = hooks_.not_ready();
  if (!figures_.healthy) {
    const std::string why = figures_.trouble();
    reasons.push_back("the queue refuses writes" + (why.empty() ? why : ": " + why));
  }
  submission::JsonWriter writer;
  writer.begin_object();
  writer.text("status", reasons.empty() ? "ready" : "not_ready");
  writer.key("reasons");
  writer.begin_array();
  if (shown == Reasons::Given) {
    for (const std::string& reason : reasons) writer.text(reason);
  }
  writer.end_array();
  writer.end_object();
  Response response = json_response(writer.take());
  if (!reasons.empty()) response.status = 503;
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Task<Response> Operations::metrics() const {
  Response response;
  response.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
  if (hooks_.metrics_text) response.body = co_await hooks_.metrics_text();
  co_return response;
}

gate::Rules operations_rules() {
  using gate::Needs;
  return {{"GET", "/healthz", Needs::Nothing},
          {"GET", "/readyz", Needs::Nothing},
          {"GET", "/metrics", Needs::Metrics}};
}

void add_operations(http::Router& router, const Operations& operations) {
  router.add("GET", "/healthz",
             [&operations](RoutedRequest) -> Task<Response> { co_return operations.healthz(); });
  router.add("GET", "/readyz", [&operations](RoutedRequest routed) -> Task<Response> {
    const bool withheld = routed.request.is_stranger;
    co_return operations.readyz(withheld ? Operations::Reasons::Withheld
                                         : Operations::Reasons::Given);
  });
  router.add("GET", "/metrics", [&operations](RoutedRequest) { return operations.metrics(); });
}

}  // namespace evalx::api
