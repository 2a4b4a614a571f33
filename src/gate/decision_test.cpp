#include "gate/decision.hpp"

#include <gtest/gtest.h>

#include <map>

namespace evalx::gate {
namespace {

const std::string kSecret = "evalx_secret";
const TokenList kTokens{{"alice", sha256(kSecret), {Scope::Submit, Scope::Read}}};
const TokenList kNone;

/// Fields of a request by their names, for a table.
using Fields = std::map<std::string, std::string>;

Policy loopback() {
  return {true, {"evalx.example"}, {"https://app.example"}};
}
Policy network() {
  return {false, {}, {"https://app.example"}};
}

Decision decide_on(const Fields& fields, const Policy& policy, const TokenList& tokens = kNone,
                   Rule rule = {"GET", "/v1/languages", Needs::AnyToken}) {
  const auto field = [&fields](const char* name) {
    const auto found = fields.find(name);
    return found == fields.end() ? nullptr : &found->second;
  };
  const std::string* method = field("method");
  return decide({.method = method == nullptr ? "GET" : std::string_view{*method},
                 .host = field("Host"),
                 .origin = field("Origin"),
                 .fetch_site = field("Site"),
                 .fetch_mode = field("Mode"),
                 .fetch_dest = field("Dest"),
                 .wanted_method = field("Wanted"),
                 .authorization = field("Authorization")},
                rule, policy, tokens);
}

/// "pass", "preflight", or the code of the refusal.
std::string outcome(const Decision& decision) {
  if (std::holds_alternative<Pass>(decision)) return "pass";
  if (std::holds_alternative<Preflight>(decision)) return "preflight";
  return std::string{std::get<Refusal>(decision).kind.code};
}

TEST(Decision, ServesOnLoopbackOnlyItsOwnHosts) {
  for (const char* host : {"localhost:2358", "127.0.0.1", "[::1]:2358", "192.168.1.5:2358",
                           "evalx.example", "EVALX.example:443"})
    EXPECT_EQ(outcome(decide_on({{"Host", host}}, loopback())), "pass") << host;
  for (const char* host : {"evil.example", "worker:2359", "localhost.evil.example", "", "a b"})
    EXPECT_EQ(outcome(decide_on({{"Host", host}}, loopback())), "host_not_allowed") << host;
  EXPECT_EQ(outcome(decide_on({}, loopback())), "pass") << "HTTP/1.0 needs no Host";
}

TEST(Decision, ServesEveryNameBeyondLoopbackUnlessNamesAreConfigured) {
  for (const char* host : {"worker:2359", "evalx.example", "api", "10.0.0.1"})
    EXPECT_EQ(outcome(decide_on({{"Host", host}}, network())), "pass") << host;
  const Policy named{false, {"evalx.example"}, {}};
  EXPECT_EQ(outcome(decide_on({{"Host", "evalx.example"}}, named)), "pass");
  EXPECT_EQ(outcome(decide_on({{"Host", "10.0.0.1:2358"}}, named)), "pass");
  EXPECT_EQ(outcome(decide_on({{"Host", "worker:2359"}}, named)), "host_not_allowed");
}

struct OriginCase {
  const char* what;
  Fields fields;
  const char* outcome;
};

const OriginCase kOriginCases[] = {
    {"a client that is no browser", {}, "pass"},
    {"an allowed origin", {{"Origin", "https://app.example"}, {"Site", "cross-site"}}, "pass"},
    {"the same on another port", {{"Origin", "https://app.example:8443"}}, "origin_not_allowed"},
    {"the same without TLS", {{"Origin", "http://app.example"}}, "origin_not_allowed"},
    {"a loopback name", {{"Origin", "http://localhost:3000"}}, "pass"},
    {"a loopback address", {{"Origin", "http://[::1]:3000"}, {"Site", "cross-site"}}, "pass"},
    {"an address", {{"Origin", "http://192.168.1.5:2358"}, {"Site", "same-origin"}}, "pass"},
    {"an address, by an old browser", {{"Origin", "http://192.168.1.5:2358"}}, "pass"},
    {"a foreign address",
     {{"Origin", "http://203.0.113.5"}, {"Site", "cross-site"}},
     "origin_not_allowed"},
    {"a foreign origin", {{"Origin", "https://evil.example"}}, "origin_not_allowed"},
    {"equal to Host, as after rebinding",
     {{"Host", "evil.example"}, {"Origin", "http://evil.example"}, {"Site", "same-origin"}},
     "origin_not_allowed"},
    {"an opaque origin", {{"Origin", "null"}}, "origin_not_allowed"},
    {"an image of a foreign page",
     {{"Site", "cross-site"}, {"Mode", "no-cors"}, {"Dest", "image"}},
     "origin_not_allowed"},
    {"a page of the same site", {{"Site", "same-site"}}, "pass"},
    {"an address that the user typed", {{"Site", "none"}, {"Mode", "navigate"}}, "pass"},
    {"a link of a foreign page",
     {{"Site", "cross-site"}, {"Mode", "navigate"}, {"Dest", "document"}},
     "pass"},
    {"a frame of a foreign page",
     {{"Site", "cross-site"}, {"Mode", "navigate"}, {"Dest", "iframe"}},
     "origin_not_allowed"},
    {"a form of a foreign page",
     {{"method", "POST"}, {"Site", "cross-site"}, {"Mode", "navigate"}, {"Dest", "document"}},
     "origin_not_allowed"},
    {"the question before a request of an allowed origin",
     {{"method", "OPTIONS"}, {"Origin", "https://app.example"}, {"Wanted", "POST"}},
     "preflight"},
    {"the same of a foreign origin",
     {{"method", "OPTIONS"}, {"Origin", "https://evil.example"}, {"Wanted", "POST"}},
     "origin_not_allowed"},
    {"the same of an origin that may not read",
     {{"method", "OPTIONS"}, {"Origin", "http://localhost:3000"}, {"Wanted", "POST"}},
     "pass"},
    {"no question", {{"method", "OPTIONS"}, {"Origin", "https://app.example"}}, "pass"},
};

TEST(Decision, ServesThePagesOfItsTable) {
  for (const OriginCase& one : kOriginCases) {
    EXPECT_EQ(outcome(decide_on(one.fields, network())), one.outcome) << one.what;
    Fields with_token = one.fields;
    with_token["Authorization"] = "Bearer " + kSecret;
    EXPECT_EQ(outcome(decide_on(with_token, network(), kTokens)), "pass")
        << one.what << ", with a token, which no foreign page can know";
    with_token["Authorization"] = "Bearer wrong";
    EXPECT_NE(outcome(decide_on(with_token, network(), kTokens)), "pass") << one.what;
  }
}

TEST(Decision, NamesTheSettingInARefusal) {
  const auto refusal_of = [](const Fields& fields) {
    return std::get<Refusal>(decide_on(fields, loopback()));
  };
  const Refusal host = refusal_of({{"Host", "evil.example"}});
  EXPECT_NE(host.detail.find("--allowed-hosts"), std::string::npos);
  EXPECT_EQ(host.field, "Host");
  const Refusal origin = refusal_of({{"Origin", "https://evil.example"}});
  EXPECT_NE(origin.detail.find("--allowed-origins"), std::string::npos);
  EXPECT_NE(origin.detail.find("https://evil.example"), std::string::npos);
  EXPECT_EQ(origin.field, "Origin");
  EXPECT_EQ(refusal_of({{"Site", "cross-site"}}).field, "Sec-Fetch-Site");
  EXPECT_LT(refusal_of({{"Host", std::string(8000, 'x')}}).detail.size(), 300U);
  EXPECT_EQ(refusal_of({{"Host", "\xff"}}).detail.find('\xff'), std::string::npos);
}

TEST(Decision, ChecksTheHostBeforeAnythingElse) {
  const Fields all{{"Host", "evil.example"},
                   {"Origin", "https://evil.example"},
                   {"Authorization", "Bearer " + kSecret}};
  EXPECT_EQ(outcome(decide_on(all, loopback(), kTokens)), "host_not_allowed");
}

TEST(Decision, AsksForATokenIfOneIsConfigured) {
  const auto with = [](const char* authorization) {
    Fields fields;
    if (authorization != nullptr) fields["Authorization"] = authorization;
    return outcome(decide_on(fields, network(), kTokens));
  };
  EXPECT_EQ(with("Bearer evalx_secret"), "pass");
  EXPECT_EQ(with("bearer  evalx_secret"), "pass") << "the scheme has no case";
  EXPECT_EQ(with(nullptr), "token_required");
  for (const char* other : {"", "Bearer", "Bearer ", "Basic evalx_secret", "evalx_secret"})
    EXPECT_EQ(with(other), "token_required") << other;
  EXPECT_EQ(with("Bearer evalx_secre"), "token_unknown");
  EXPECT_EQ(outcome(decide_on({{"Authorization", "Bearer x"}}, network())), "pass")
      << "without tokens the field is for a proxy";
}

TEST(Decision, KnowsTheClientAndTheStranger) {
  const Fields fields{{"Authorization", "Bearer " + kSecret}};
  const auto named = std::get<Pass>(decide_on(fields, network(), kTokens));
  EXPECT_EQ(named.client, "alice");
  EXPECT_FALSE(named.is_stranger);
  const Rule health{"GET", "/healthz", Needs::Nothing};
  EXPECT_TRUE(std::get<Pass>(decide_on({}, network(), kTokens, health)).is_stranger);
  EXPECT_EQ(std::get<Pass>(decide_on(fields, network(), kTokens, health)).client, "alice");
  EXPECT_FALSE(std::get<Pass>(decide_on({}, network(), kNone, health)).is_stranger);
}

TEST(Decision, AsksForTheScopeOfTheRoute) {
  const Fields fields{{"Authorization", "Bearer " + kSecret}};
  const auto needing = [&](Needs needs) {
    return decide_on(fields, network(), kTokens, {"GET", "/x", needs});
  };
  for (const Needs needs : {Needs::Nothing, Needs::AnyToken, Needs::Submit, Needs::Read})
    EXPECT_EQ(outcome(needing(needs)), "pass");
  const auto refusal = std::get<Refusal>(needing(Needs::Metrics));
  EXPECT_EQ(refusal.kind.status, 403U);
  EXPECT_EQ(refusal.detail, "The token alice lacks the scope metrics.");
  EXPECT_EQ(refusal.challenge,
            "Bearer realm=\"evalX\", error=\"insufficient_scope\", scope=\"metrics\"");
}

TEST(Decision, AsksForTheScopeOfAParameterInAddition) {
  const TokenList submitter{{"bob", sha256(kSecret), {Scope::Submit}}};
  const Rule rule{"POST", "/x", Needs::Submit, Origins::Listed, "wait", Needs::Read};
  const auto decide_for = [&](const TokenList& tokens, std::string_view target) {
    return decide_on({{"Authorization", "Bearer " + kSecret}}, network(), tokens,
                     narrowed(rule, target));
  };
  for (const char* target : {"/x", "/x?", "/x?waits=1", "/x?a=wait", "/x?wait=1&wait=2"})
    EXPECT_EQ(outcome(decide_for(submitter, target)), "pass") << target;
  for (const char* target : {"/x?wait=1", "/x?wait", "/x?a=1&wait=0", "/x?%77ait=1"}) {
    const Decision decision = decide_for(submitter, target);
    ASSERT_EQ(outcome(decision), "scope_missing") << target;
    EXPECT_EQ(std::get<Refusal>(decision).detail,
              "The token bob lacks the scope read, which the parameter wait asks for.");
    EXPECT_EQ(outcome(decide_for(kTokens, target)), "pass") << target;
  }
}

TEST(Decision, SaysPlainlyThatHostIsEmptyOrOriginIsNull) {
  const auto detail_of = [](const Fields& fields) {
    return std::get<Refusal>(decide_on(fields, loopback())).detail;
  };
  EXPECT_EQ(detail_of({{"Host", ""}}), "The header Host is empty: it must name this server.");
  EXPECT_EQ(detail_of({{"Origin", "null"}}).find("allowed_origins"), std::string::npos)
      << "null cannot be listed";
}

TEST(Decision, LetsAnApiServePagesOfEveryOrigin) {
  const Rule open{"POST", "/submissions", Needs::Submit, Origins::Any};
  const Fields foreign{{"Origin", "https://evil.example"}, {"Site", "cross-site"}};
  EXPECT_EQ(outcome(decide_on(foreign, network(), kNone, open)), "pass");
  EXPECT_EQ(outcome(decide_on(foreign, network(), kTokens, open)), "token_required");
  EXPECT_TRUE(may_read(network(), open, "https://evil.example"));
}

TEST(Rules, OfARouteWithoutOneAskForAnyToken) {
  const Rules rules{{"GET", "/a", Needs::Read}, {"POST", "/a", Needs::Submit}};
  EXPECT_EQ(rule_of(rules, "GET", "/a").needs, Needs::Read);
  EXPECT_EQ(rule_of(rules, "HEAD", "/a").needs, Needs::Read);
  EXPECT_EQ(rule_of(rules, "POST", "/a").needs, Needs::Submit);
  EXPECT_EQ(rule_of(rules, "DELETE", "/a").needs, Needs::AnyToken);
  EXPECT_EQ(rule_of(rules, "GET", "").needs, Needs::AnyToken);
}

}  // namespace
}  // namespace evalx::gate
