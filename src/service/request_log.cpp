#include "service/request_log.hpp"

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "base/log.hpp"

namespace evalx::service {
namespace {

constexpr unsigned kFirstRefusal = 400;
/// A path or reason that a client made long is cut.
constexpr std::size_t kMostShown = 200;
/// Problem documents are shorter; a longer body is not parsed.
constexpr std::size_t kMostParsed = 16UL * 1024;

std::string path_of(const http::Request& request) {
  const std::string_view target = request.target;
  return std::string{target.substr(0, target.find('?')).substr(0, kMostShown)};
}

std::string text_in(const boost::json::object& problem, std::string_view key) {
  const auto* const value = problem.if_contains(key);
  const auto* const text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string{std::string_view{*text}.substr(0, kMostShown)}
                         : std::string{};
}

/// Those of /readyz, in one text.
std::string reasons_in(const boost::json::object& readiness) {
  const auto* const reasons = readiness.at("reasons").if_array();
  std::string text;
  for (const auto& reason : reasons != nullptr ? *reasons : boost::json::array{}) {
    if (const auto* const words = reason.if_string())
      text += (text.empty() ? "" : "; ") + std::string{std::string_view{*words}};
  }
  return text.empty() ? "not shown to a client without a token" : text.substr(0, kMostShown);
}

struct Reason {
  std::string code;
  std::string detail;
};

Reason reason_of(const http::Response& response) {
  if (response.stream || response.body.size() > kMostParsed) return {};
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(response.body, error);
  const auto* const problem = error ? nullptr : body.if_object();
  if (problem == nullptr) return {};
  if (problem->contains("reasons")) return {text_in(*problem, "status"), reasons_in(*problem)};
  return {text_in(*problem, "code"), text_in(*problem, "detail")};
}

}  // namespace

RequestLog::RequestLog(std::unique_ptr<http::Handler> inner, const Clock& clock)
    : inner_(std::move(inner)), clock_(clock) {}

bool RequestLog::has_room() {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch());
  if (now != second_) {
    if (skipped_ > 0) log::info("more requests were refused", {{"requests", skipped_}});
    second_ = now;
    logged_ = skipped_ = 0;
  }
  if (logged_ < kRefusalsLoggedPerSecond) return ++logged_, true;
  ++skipped_;
  return false;
}

void RequestLog::note(const http::Request& request, const http::Response& response) {
  if (response.status < kFirstRefusal || !has_room()) return;
  const Reason reason = reason_of(response);
  log::info("a request is refused", {{"method", request.method},
                                     {"path", path_of(request)},
                                     {"status", response.status},
                                     {"code", reason.code},
                                     {"reason", reason.detail}});
}

Task<http::Response> RequestLog::handle(http::Request request) {
  http::Request head;
  head.method = request.method;
  head.target = request.target;
  http::Response response = co_await inner_->handle(std::move(request));
  note(head, response);
  co_return response;
}

std::optional<http::Response> RequestLog::admit(http::Request& head) {
  std::optional<http::Response> refusal = inner_->admit(head);
  if (refusal) {
    note(head, *refusal);
    ++announced_;
  }
  return refusal;
}

void RequestLog::refused(unsigned status) {
  inner_->refused(status);
  if (announced_ > 0) {
    --announced_;
    return;
  }
  if (has_room()) {
    log::info("a request is refused",
              {{"status", status}, {"reason", "it cannot be read, or is too large"}});
  }
}

}  // namespace evalx::service
