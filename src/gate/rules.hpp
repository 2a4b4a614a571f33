#pragma once
// Rules: what the routes of an API ask of a token, and which pages may call it. Data of each API.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace evalx::gate {

/// A right of a token.
enum class Scope : std::uint8_t {
  Submit,   ///< Create, cancel and erase submissions.
  Read,     ///< States, results and events of submissions.
  Metrics,  ///< Metrics, and the reasons why a server is not ready.
  Admin,    ///< Everything.
};

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  constexpr void add(Scope scope) { bits_ |= bit_of(scope); }
  /// Admin contains all others.
  [[nodiscard]] constexpr bool allow(Scope scope) const {
    return (bits_ & (bit_of(scope) | bit_of(Scope::Admin))) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

 private:
  static constexpr unsigned bit_of(Scope scope) { return 1U << static_cast<unsigned>(scope); }
  unsigned bits_ = 0;
};

/// "submit", "read", "metrics" or "admin".
std::string_view word_of(Scope scope);
/// All scopes, in the order of display.
std::span<const Scope> all_scopes();

/// The scope that a route asks for if any token is configured.
enum class Needs : std::uint8_t { Nothing, AnyToken, Submit, Read, Metrics };

/// Which pages may call an API, by the Origin that their browser sends.
enum class Origins : std::uint8_t {
  Listed,  ///< Those of `allowed_origins`, of this machine, and of numeric addresses.
  Any,     ///< All: for an API whose clients are pages, if its operator configured that.
};

/// A route that is in no rule needs a token.
struct Rule {
  std::string_view method;  ///< GET is HEAD, too.
  std::string_view route;   ///< The pattern, as in http::Router.
  Needs needs;
  Origins origins = Origins::Listed;
  /// A query parameter that asks for `also` in addition; "": none.
  std::string_view parameter = {};
  Needs also = Needs::Nothing;
};

using Rules = std::vector<Rule>;

/// The rule of a route; that of a route without one.
Rule rule_of(const Rules& rules, std::string_view method, std::string_view route);

/// The rule for a request with this target: without `also` if the target lacks the parameter.
Rule narrowed(Rule rule, std::string_view target);

}  // namespace evalx::gate
