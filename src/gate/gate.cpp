#include "gate/gate.hpp"

namespace evalx::gate {
namespace {

constexpr const char* kWantedMethod = "Access-Control-Request-Method";
/// The fields that pages may send and read, beside those that every page may (Fetch,
/// "CORS-safelisted").
constexpr const char* kSentFields = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID";
constexpr const char* kReadFields = "Location, Idempotency-Replayed, Retry-After, WWW-Authenticate";
constexpr const char* kPreflightSeconds = "600";

Facts facts_of(const http::Request& request) {
  return {.method = request.method,
          .host = request.header("Host"),
          .origin = request.header("Origin"),
          .fetch_site = request.header("Sec-Fetch-Site"),
          .fetch_mode = request.header("Sec-Fetch-Mode"),
          .fetch_dest = request.header("Sec-Fetch-Dest"),
          .wanted_method = request.header(kWantedMethod),
          .authorization = request.header("Authorization")};
}

http::Response answer_of(const Refusal& refusal) {
  http::Response response = http::problem(refusal.kind, refusal.detail, refusal.field);
  if (!refusal.challenge.empty())
    response.headers.push_back({"WWW-Authenticate", refusal.challenge});
  return response;
}

/// Lets the page of this origin read the response; caches keep it for that origin alone.
void allow_reading(http::Response& response, const std::string& origin) {
  response.headers.push_back({"Access-Control-Allow-Origin", origin});
  response.headers.push_back({"Access-Control-Expose-Headers", kReadFields});
  response.headers.push_back({"Vary", "Origin"});
}

}  // namespace

Rule Gate::rule_for(const http::Request& request) const {
  const std::string* const wanted = request.header(kWantedMethod);
  const bool asks = request.method == "OPTIONS" && wanted != nullptr;
  const Rule rule =
      rule_of(rules_, asks ? *wanted : request.method, router_->pattern_of(request.target));
  return narrowed(rule, request.target);
}

http::Response Gate::preflight(const http::Request& request) const {
  http::Response response;
  response.status = 204;
  allow_reading(response, *request.header("Origin"));
  response.headers.push_back({"Access-Control-Allow-Methods", router_->methods_of(request.target)});
  response.headers.push_back({"Access-Control-Allow-Headers", kSentFields});
  response.headers.push_back({"Access-Control-Max-Age", kPreflightSeconds});
  return response;
}

std::optional<http::Response> Gate::admit(http::Request& head) {
  const Rule rule = rule_for(head);
  const auto tokens = tokens_.list();
  Decision decision = decide(facts_of(head), rule, policy_, *tokens);
  if (auto* pass = std::get_if<Pass>(&decision)) {
    head.client = std::move(pass->client);
    head.is_stranger = pass->is_stranger;
    return std::nullopt;
  }
  if (std::holds_alternative<Preflight>(decision)) return preflight(head);
  http::Response response = answer_of(std::get<Refusal>(decision));
  const std::string* const origin = head.header("Origin");
  // A page that may read answers learns that its token is wrong.
  if (origin != nullptr && may_read(policy_, rule, *origin)) allow_reading(response, *origin);
  return response;
}

Task<http::Response> Gate::handle(http::Request request) {
  const std::string* const field = request.header("Origin");
  const bool may = field != nullptr && may_read(policy_, rule_for(request), *field);
  const std::string origin = may ? *field : std::string{};
  http::Response response = co_await router_->handle(std::move(request));
  if (may) allow_reading(response, origin);
  co_return response;
}

}  // namespace evalx::gate
