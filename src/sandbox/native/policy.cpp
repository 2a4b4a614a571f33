#include "sandbox/native/policy.hpp"

#include <toml++/toml.h>

#include <cerrno>
#include <optional>
#include <set>

namespace evalx::sandbox::native {
namespace {

using kernel::SyscallRule;
using Action = SyscallRule::Action;

auto invalid(std::string_view table, std::string_view what) {
  return fail(std::make_error_code(std::errc::invalid_argument),
              "seccomp policy, [[" + std::string(table) + "]]:", what);
}

Result<> check_keys(std::string_view name, const toml::table& table) {
  static const std::set<std::string_view> kCommon{"reason", "calls"};
  static const std::set<std::string_view> kMatch{
      "argument", "mask", "allow_values", "refuse_values", "refuse_below", "refuse_bits", "errno"};
  for (const auto& [key, value] : table) {
    const bool known = kCommon.contains(key.str()) ||
                       (name == "match" && kMatch.contains(key.str())) ||
                       (name == "refuse" && key.str() == "errno");
    if (!known) return invalid(name, "unknown key " + std::string(key.str()));
  }
  if (table["reason"].value_or(std::string_view{}).empty()) return invalid(name, "no reason");
  if (!table["calls"].is_array()) return invalid(name, "no calls");
  return {};
}

Result<int> errno_of(std::string_view name, const toml::table& table) {
  const auto word = table["errno"].value_or(std::string_view{});
  if (word == "EPERM") return EPERM;
  if (word == "EAFNOSUPPORT") return EAFNOSUPPORT;
  return invalid(name, "unknown errno");
}

Result<std::vector<std::uint32_t>> numbers(const toml::table& table, std::string_view key) {
  std::vector<std::uint32_t> values;
  const toml::array* list = table[key].as_array();
  if (!list) return values;
  for (const toml::node& node : *list) {
    const auto value = node.value<std::int64_t>();
    if (!value) return invalid("match", key);
    values.push_back(static_cast<std::uint32_t>(*value));
  }
  return values;
}

struct Match {
  unsigned argument = 0;
  std::uint32_t mask = 0;
  int error = 0;
  std::vector<std::uint32_t> allow;
  std::vector<std::uint32_t> refuse;
  bool refuse_bits = false;
};

Result<Match> read_match(const toml::table& table) {
  Match match;
  match.argument = table["argument"].value_or(0U);
  match.mask = static_cast<std::uint32_t>(table["mask"].value_or(std::int64_t{0xFFFFFFFF}));
  match.refuse_bits = table["refuse_bits"].value_or(false);
  EVALX_TRY(match.error, errno_of("match", table));
  EVALX_TRY(match.allow, numbers(table, "allow_values"));
  EVALX_TRY(match.refuse, numbers(table, "refuse_values"));
  const std::set<std::uint32_t> allowed{match.allow.begin(), match.allow.end()};
  for (std::uint32_t value = 0; value < table["refuse_below"].value_or(0U); ++value) {
    if (!allowed.contains(value)) match.refuse.push_back(value);
  }
  return match;
}

void add_match(const std::string& call, const Match& match, std::vector<SyscallRule>& rules) {
  for (const std::uint32_t value : match.allow)
    rules.push_back({call, Action::Allow, 0, {{match.argument, match.mask, value}}, false});
  for (const std::uint32_t value : match.refuse)
    rules.push_back(
        {call, Action::Errno, match.error, {{match.argument, match.mask, value}}, false});
  for (std::uint32_t bit = 1; match.refuse_bits && bit != 0; bit <<= 1U) {
    if ((match.mask & bit) != 0)
      rules.push_back({call, Action::Errno, match.error, {{match.argument, bit, bit}}, false});
  }
}

Result<> add_table(std::string_view name, const toml::table& table, std::set<std::string>& named,
                   std::vector<SyscallRule>& rules) {
  EVALX_TRY_VOID(check_keys(name, table));
  SyscallRule rule;
  Match match;
  if (name == "trap") rule.action = Action::Trap;
  rule.keyed = name == "keyed";
  if (name == "refuse") {
    rule.action = Action::Errno;
    EVALX_TRY(rule.error, errno_of(name, table));
  }
  if (name == "match") {
    EVALX_TRY(match, read_match(table));
  }
  for (const toml::node& node : *table["calls"].as_array()) {
    const auto call = node.value<std::string>();
    if (!call) return invalid(name, "a call that is no string");
    if (!named.insert(*call).second) return invalid(name, *call + " is named twice");
    if (name == "match") {
      add_match(*call, match, rules);
    } else {
      rule.call = *call;
      rules.push_back(rule);
    }
  }
  return {};
}

}  // namespace

Result<std::vector<SyscallRule>> parse_policy(std::string_view text) {
  static const std::set<std::string_view> kTables{"allow", "match", "refuse", "trap", "keyed"};
  try {
    const toml::table document = toml::parse(text);
    std::set<std::string> named;
    std::vector<SyscallRule> rules;
    for (const auto& [name, node] : document) {
      if (!kTables.contains(name.str()) || !node.is_array_of_tables())
        return invalid(name.str(), "unknown table");
      for (const toml::node& table : *node.as_array())
        EVALX_TRY_VOID(add_table(name.str(), *table.as_table(), named, rules));
    }
    return rules;
  } catch (const toml::parse_error& error) {
    return invalid("", error.description());
  }
}

}  // namespace evalx::sandbox::native
