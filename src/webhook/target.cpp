#include "webhook/target.hpp"

namespace evalx::webhook {
namespace {

/// In front of the URL: the form of the message. A newer release may add others.
constexpr std::string_view kForm = "v1 ";

}  // namespace

queue::CallbackRequest request_of(const Destination& destination) {
  const http::client::Url& url = destination.url;
  const std::string_view scheme =
      url.scheme == http::client::Scheme::Https ? "https://" : "http://";
  const bool is_v6 = url.host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + url.host + "]" : url.host;
  return {std::string{scheme} + host + ":" + std::to_string(url.port),
          std::string{kForm} + destination.text};
}

Result<Destination> read_target(std::string_view target, Reach reach) {
  if (!target.starts_with(kForm)) {
    return fail(std::make_error_code(std::errc::invalid_argument),
                "has a form that this evalx does not know");
  }
  return parse_destination(target.substr(kForm.size()), reach);
}

std::string message_id(std::string_view token, unsigned round) {
  std::string id{token};
  return round <= 1 ? id : id + "-" + std::to_string(round);
}

}  // namespace evalx::webhook
