#include "api/operations.hpp"

#include "api/answers.hpp"
#include "submission/json_writer.hpp"

namespace evalx::api {

http::Response Operations::healthz() const {
  return json_response(R"({"status":"alive"})");
}

http::Response Operations::readyz() const {
  std::vector<std::string> reasons;
  if (hooks_.not_ready) reasons = hooks_.not_ready();
  if (!queue_.healthy) reasons.emplace_back("the queue refuses writes");
  submission::JsonWriter writer;
  writer.begin_object();
  writer.key("status");
  writer.text(reasons.empty() ? "ready" : "not_ready");
  writer.key("reasons");
  writer.begin_array();
  for (const std::string& reason : reasons) writer.text(reason);
  writer.end_array();
  writer.end_object();
  http::Response response = json_response(writer.take());
  if (!reasons.empty()) response.status = 503;
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Task<http::Response> Operations::metrics() const {
  http::Response response;
  response.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
  if (hooks_.metrics_text) response.body = co_await hooks_.metrics_text();
  co_return response;
}

}  // namespace evalx::api
