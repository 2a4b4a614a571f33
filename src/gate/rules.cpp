#include "gate/rules.hpp"

#include <algorithm>
#include <array>

#include "http/query.hpp"

namespace evalx::gate {
namespace {

constexpr std::array kScopes{Scope::Submit, Scope::Read, Scope::Metrics, Scope::Admin};

}  // namespace

std::string_view word_of(Scope scope) {
  switch (scope) {
    case Scope::Submit:
      return "submit";
    case Scope::Read:
      return "read";
    case Scope::Metrics:
      return "metrics";
    case Scope::Admin:
      return "admin";
  }
  return {};
}

std::span<const Scope> all_scopes() {
  return kScopes;
}

Rule rule_of(const Rules& rules, std::string_view method, std::string_view route) {
  const std::string_view asked = method == "HEAD" ? "GET" : method;
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.route == route && rule.method == asked;
  });
  return found == rules.end() ? Rule{method, route, Needs::AnyToken} : *found;
}

Rule narrowed(Rule rule, std::string_view target) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  // A query that cannot be parsed reaches no route.
  const auto query = http::Query::parse(target.substr(std::min(mark + 1, target.size())));
  if (!query || query->find(rule.parameter) == nullptr) rule.also = Needs::Nothing;
  return rule;
}

}  // namespace evalx::gate
