#include "gate/decision.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "gate/names.hpp"

namespace evalx::gate {
namespace {

constexpr std::string_view kChallenge = "Bearer realm=\"evalX\"";
/// A refusal repeats a header up to this length.
constexpr std::size_t kShownBytesMax = 100;

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is(const std::string* field, std::string_view value) {
  return field != nullptr && *field == value;
}

std::string shown(const std::string& text) {
  if (!is_utf8(text)) return "…";
  return text.size() <= kShownBytesMax || !is_utf8(text.substr(0, kShownBytesMax))
             ? text.substr(0, kShownBytesMax)
             : text.substr(0, kShownBytesMax) + "…";
}

std::optional<Refusal> judge_host(const Facts& facts, const Policy& policy) {
  if (facts.host == nullptr) return std::nullopt;  // HTTP/1.0, which no browser sends.
  if (!policy.on_loopback && policy.allowed_hosts.empty()) return std::nullopt;
  const auto host = parse_host(*facts.host);
  if (host && (host->kind != HostKind::Name || contains(policy.allowed_hosts, host->name)))
    return std::nullopt;
  if (facts.host->empty())
    return Refusal{kHostNotAllowed, "The header Host is empty: it must name this server.", "Host", {}};
  return Refusal{kHostNotAllowed,
                 "This server is not " + shown(*facts.host) +
                     "; if it is, add the name to allowed_hosts (--allowed-hosts, "
                     "EVALX_ALLOWED_HOSTS).",
                 "Host",
                 {}};
}

/// The user opened the address, or followed a link: the page that holds the link reads nothing.
bool is_navigation(const Facts& facts) {
  return (facts.method == "GET" || facts.method == "HEAD") && is(facts.fetch_mode, "navigate") &&
         is(facts.fetch_dest, "document");
}

/// Whether the page of an Origin that is not configured may send this request.
bool is_near(const Facts& facts) {
  const auto host = host_of_origin(*facts.origin);
  if (!host) return false;
  const bool is_foreign = is(facts.fetch_site, "cross-site");
  return host->kind == HostKind::Loopback || (host->kind == HostKind::Address && !is_foreign);
}

std::optional<Refusal> judge_origin(const Facts& facts, const Rule& rule, const Policy& policy) {
  const bool is_foreign = is(facts.fetch_site, "cross-site");
  if (facts.origin == nullptr && (!is_foreign || is_navigation(facts))) return std::nullopt;
  if (rule.origins == Origins::Any) return std::nullopt;
  if (facts.origin != nullptr && (may_read(policy, rule, *facts.origin) || is_near(facts)))
    return std::nullopt;
  if (is(facts.origin, "null"))
    return Refusal{kOriginNotAllowed,
                   "A page without an origin, such as a file or a sandboxed frame, may not use this "
                   "server; serve the page from a site, or send a token.",
                   "Origin",
                   {}};
  const std::string page =
      facts.origin == nullptr ? "Pages of other sites" : "Pages of " + shown(*facts.origin);
  return Refusal{kOriginNotAllowed,
                 page +
                     " may not use this server; to allow them, add their origin to allowed_origins "
                     "(--allowed-origins, EVALX_ALLOWED_ORIGINS).",
                 facts.origin == nullptr ? "Sec-Fetch-Site" : "Origin",
                 {}};
}

/// The secret of "Bearer SECRET" (RFC 6750, 2.1); "" if it is another scheme.
std::string_view secret_of(const std::string* authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization == nullptr) return {};
  const std::string_view text = *authorization;
  if (!http::same_name(text.substr(0, kScheme.size()), kScheme)) return {};
  const auto start = text.find_first_not_of(' ', kScheme.size());
  return start == text.npos ? std::string_view{} : text.substr(start);
}

std::optional<Scope> scope_of(Needs needs) {
  switch (needs) {
    case Needs::Submit:
      return Scope::Submit;
    case Needs::Read:
      return Scope::Read;
    case Needs::Metrics:
      return Scope::Metrics;
    case Needs::Nothing:
    case Needs::AnyToken:
      break;
  }
  return std::nullopt;
}

Refusal without_token(std::string_view secret) {
  if (secret.empty())
    return {kTokenRequired, "This server asks for a token: send \"Authorization: Bearer TOKEN\".",
            "Authorization", std::string{kChallenge}};
  return {kTokenUnknown, "The server does not know this token: was it removed, or cut?",
          "Authorization", std::string{kChallenge} + ", error=\"invalid_token\""};
}

/// `parameter`: of the query, which asks for the scope; "" if the route does.
Refusal without_scope(const std::string& name, Scope scope, std::string_view parameter) {
  const std::string word{word_of(scope)};
  const std::string why =
      parameter.empty() ? "" : ", which the parameter " + std::string{parameter} + " asks for";
  return {kScopeMissing, "The token " + name + " lacks the scope " + word + why + ".",
          "Authorization",
          std::string{kChallenge} + ", error=\"insufficient_scope\", scope=\"" + word + "\""};
}

Decision judge_token(const TokenEntry* token, std::string_view secret, const Rule& rule) {
  if (token == nullptr) {
    if (rule.needs == Needs::Nothing) return Pass{.client = {}, .is_stranger = true};
    return without_token(secret);
  }
  const Scopes& scopes = token->scopes;
  const auto lacks = [&scopes](std::optional<Scope> scope) {
    return scope && !scopes.allow(*scope);
  };
  const auto scope = scope_of(rule.needs);
  if (lacks(scope)) return without_scope(token->name, *scope, {});
  const auto also = scope_of(rule.also);
  if (lacks(also)) return without_scope(token->name, *also, rule.parameter);
  return Pass{.client = token->name};
}

}  // namespace

Decision decide(const Facts& facts, const Rule& rule, const Policy& policy,
                const TokenList& tokens) {
  if (auto refusal = judge_host(facts, policy)) return *std::move(refusal);
  const std::string_view secret = secret_of(facts.authorization);
  const TokenEntry* const token = secret.empty() ? nullptr : find_token(tokens, secret);
  // A foreign page can't know a token: with one, it does not matter where the request comes from.
  if (token == nullptr) {
    if (auto refusal = judge_origin(facts, rule, policy)) return *std::move(refusal);
    const bool is_preflight = facts.method == "OPTIONS" && facts.wanted_method != nullptr &&
                              facts.origin != nullptr && may_read(policy, rule, *facts.origin);
    // A browser sends it without the token of the request that follows.
    if (is_preflight) return Preflight{};
  }
  if (tokens.empty()) return Pass{};
  return judge_token(token, secret, rule);
}

bool may_read(const Policy& policy, const Rule& rule, std::string_view origin) {
  return rule.origins == Origins::Any || contains(policy.allowed_origins, origin);
}

}  // namespace evalx::gate
