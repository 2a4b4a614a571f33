#pragma once
// Decision: whether a request is served, from what its head says. Pure.
//
// The order: Host, Origin, token, and, in a later release, the rate. Sizes come before all of them,
// in http::Session.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gate/rules.hpp"
#include "gate/tokens.hpp"
#include "http/problem.hpp"

namespace evalx::gate {

/// The settings of the operator.
struct Policy {
  /// Only processes of this machine can connect, and so can the pages in its browsers.
  bool on_loopback = true;
  /// In lower case, without ports. On loopback they are served in addition to loopback names and
  /// addresses. Beyond loopback, if there are any, no other name is.
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;  ///< "https://a.example:8443", as browsers send them.
};

/// The fields of a request that matter here; nullptr: absent.
struct Facts {
  std::string_view method;
  const std::string* host = nullptr;
  const std::string* origin = nullptr;
  const std::string* fetch_site = nullptr;  ///< Sec-Fetch-Site (W3C Fetch Metadata), and so on.
  const std::string* fetch_mode = nullptr;
  const std::string* fetch_dest = nullptr;
  const std::string* wanted_method = nullptr;  ///< Access-Control-Request-Method.
  const std::string* authorization = nullptr;
};

/// The request is served.
struct Pass {
  std::string client;        ///< The name of its token; "" without one.
  bool is_stranger = false;  ///< Without a token, although there are tokens.
};
/// A browser asks on behalf of a page whether it may send a request (CORS preflight): it may.
struct Preflight {};
/// The request is refused.
struct Refusal {
  http::ProblemKind kind;
  std::string detail;
  std::string field;      ///< The header field.
  std::string challenge;  ///< The value of WWW-Authenticate; "" for none.
};
using Decision = std::variant<Pass, Preflight, Refusal>;

inline constexpr http::ProblemKind kHostNotAllowed{403, "host_not_allowed", "Host not allowed"};
inline constexpr http::ProblemKind kOriginNotAllowed{403, "origin_not_allowed",
                                                     "Origin not allowed"};
inline constexpr http::ProblemKind kTokenRequired{401, "token_required", "Token required"};
inline constexpr http::ProblemKind kTokenUnknown{401, "token_unknown", "Token unknown"};
inline constexpr http::ProblemKind kScopeMissing{403, "scope_missing", "Scope missing"};

/// `tokens`: empty if none are configured. `rule`: of the request's route; for a preflight, of the
/// route and the method that it asks for.
Decision decide(const Facts& facts, const Rule& rule, const Policy& policy,
                const TokenList& tokens);

/// Whether a page of this origin may read the answers.
[[nodiscard]] bool may_read(const Policy& policy, const Rule& rule, std::string_view origin);

}  // namespace evalx::gate
