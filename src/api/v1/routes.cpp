#include "api/v1/routes.hpp"

namespace evalx::api::v1 {
namespace {

using http::Response;
using http::RoutedRequest;

std::optional<std::string> query_value(const RoutedRequest& routed, std::string_view name) {
  const std::string* value = routed.query.find(name);
  return value == nullptr ? std::nullopt : std::optional{*value};
}

/// A browser sends the header when it reconnects. The query is for clients that cannot set headers.
std::optional<std::string> last_event_id(const RoutedRequest& routed) {
  if (const std::string* header = routed.request.header("Last-Event-ID")) return *header;
  return query_value(routed, "last_event_id");
}

/// A route that takes exactly these query parameters.
http::Parameters takes(std::vector<std::string> names) {
  return names;
}

template <class Answer>
void add_plain(http::Router& router, std::string_view path, Answer answer) {
  router.add(
      "GET", path, [answer](RoutedRequest) -> Task<Response> { co_return answer(); }, takes({}));
}

void add_submissions(http::Router& router, Submissions& submissions, Events& events) {
  router.add(
      "POST", "/v1/submissions",
      [&submissions](RoutedRequest routed) {
        auto wait = query_value(routed, "wait");
        return submissions.create(std::move(routed.request), std::move(wait));
      },
      takes({"wait"}));
  router.add(
      "GET", "/v1/submissions/{token}",
      [&submissions](RoutedRequest routed) {
        return submissions.look(routed.parameter("token"), query_value(routed, "wait"));
      },
      takes({"wait"}));
  router.add(
      "DELETE", "/v1/submissions/{token}",
      [&submissions](RoutedRequest routed) {
        return submissions.cancel(routed.parameter("token"), query_value(routed, "erase"));
      },
      takes({"erase"}));
  router.add(
      "GET", "/v1/submissions/{token}/events",
      [&events](RoutedRequest routed) {
        return events.open(routed.parameter("token"), last_event_id(routed));
      },
      takes({"last_event_id"}));
}

}  // namespace

gate::Rules rules() {
  using gate::Needs;
  return {{"POST", "/v1/submissions", Needs::Submit, gate::Origins::Listed, "wait", Needs::Read},
          {"GET", "/v1/submissions/{token}", Needs::Read},
          {"DELETE", "/v1/submissions/{token}", Needs::Submit},
          {"GET", "/v1/submissions/{token}/events", Needs::Read},
          {"GET", "/", Needs::AnyToken},
          {"GET", "/v1/languages", Needs::AnyToken},
          {"GET", "/v1/capabilities", Needs::AnyToken},
          {"GET", "/openapi.json", Needs::AnyToken}};
}

void add_routes(http::Router& router, Handlers handlers) {
  add_submissions(router, handlers.submissions, handlers.events);
  const Discovery& discovery = handlers.discovery;
  add_plain(router, "/", [&discovery] { return discovery.index(); });
  router.add(
      "GET", "/v1/languages",
      [&discovery](RoutedRequest routed) -> Task<Response> {
        co_return discovery.languages(query_value(routed, "limit"), query_value(routed, "after"));
      },
      takes({"limit", "after"}));
  add_plain(router, "/v1/capabilities", [&discovery] { return discovery.capabilities(); });
  add_plain(router, "/openapi.json", [&discovery] { return discovery.openapi(); });
}

}  // namespace evalx::api::v1
