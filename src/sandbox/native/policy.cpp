#include "sandbox/native/policy.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace evalx::sandbox::native {
namespace {

using kernel::SyscallRule;
using Action = SyscallRule::Action;

constexpr std::int64_t kMaxWord = 0xFFFF'FFFF;
constexpr std::int64_t kLastArgument = 4;   // The sixth argument is for the key.
constexpr std::int64_t kMaxRefused = 4096;  // For refuse_below, where each value is a rule.

auto invalid(std::string_view table, std::string_view what) {
  return fail(std::make_error_code(std::errc::invalid_argument),
              "[[" + std::string(table) + "]]:", what);
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

Result<std::int64_t> number(const toml::table& table, std::string_view key, std::int64_t fallback,
                            std::int64_t most) {
  if (!table.contains(key)) return fallback;
  const auto value = table[key].value<std::int64_t>();
  if (!value || *value < 0 || *value > most) return invalid("match", key);
  return *value;
}

Result<std::vector<std::uint32_t>> numbers(const toml::table& table, std::string_view key) {
  std::vector<std::uint32_t> values;
  const toml::array* list = table[key].as_array();
  if (!list) return values;
  for (const toml::node& node : *list) {
    const auto value = node.value<std::int64_t>();
    if (!value || *value < 0 || *value > kMaxWord) return invalid("match", key);
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
  EVALX_TRY(const std::int64_t argument, number(table, "argument", 0, kLastArgument));
  match.argument = static_cast<unsigned>(argument);
  EVALX_TRY(const std::int64_t mask, number(table, "mask", kMaxWord, kMaxWord));
  match.mask = static_cast<std::uint32_t>(mask);
  EVALX_TRY(const std::int64_t below, number(table, "refuse_below", 0, kMaxRefused));
  match.refuse_bits = table["refuse_bits"].value_or(false);
  if (table.contains("refuse_values") || table.contains("refuse_below") || match.refuse_bits) {
    EVALX_TRY(match.error, errno_of("match", table));
  }
  EVALX_TRY(match.allow, numbers(table, "allow_values"));
  EVALX_TRY(match.refuse, numbers(table, "refuse_values"));
  const std::set<std::uint32_t> allowed{match.allow.begin(), match.allow.end()};
  for (std::uint32_t value = 0; value < static_cast<std::uint32_t>(below); ++value) {
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

/// Rules by system call.
using RulesByCall = std::map<std::string, std::vector<SyscallRule>, std::less<>>;

Result<RulesByCall> read_rules(std::string_view name, std::span<const EmbeddedFile> files,
                               std::size_t depth);

/// Applies the tables of one file to the rules of its base policy.
class RuleReader {
 public:
  explicit RuleReader(std::optional<RulesByCall> base_rules) : base_(std::move(base_rules)) {}

  Result<> add(std::string_view name, const toml::table& table);
  Result<RulesByCall> finish();

 private:
  Result<> add_call(std::string_view name, const std::string& call, SyscallRule rule,
                    const Match& match);

  std::optional<RulesByCall> base_;  ///< Rules of calls that no table has named yet.
  RulesByCall rules_;
  std::set<std::string> named_;
  bool keeps_ = false;    ///< Calls that are not named are removed.
  bool removes_ = false;  ///< Calls that are not named stay.
};

Result<> RuleReader::add_call(std::string_view name, const std::string& call, SyscallRule rule,
                              const Match& match) {
  if (!named_.insert(call).second) return invalid(name, call + " is named twice");
  std::vector<SyscallRule>& rules = rules_[call];
  if (base_) {
    const auto found = base_->find(call);
    if (found == base_->end()) return invalid(name, "the base policy has no " + call);
    if (name == "keep") rules = std::move(found->second);
    base_->erase(found);
  }
  if (name == "keep" || name == "remove") return {};
  if (name == "match") {
    add_match(call, match, rules);
  } else {
    rule.call = call;
    rules.push_back(std::move(rule));
  }
  return {};
}

Result<> RuleReader::add(std::string_view name, const toml::table& table) {
  EVALX_TRY_VOID(check_keys(name, table));
  keeps_ = keeps_ || name == "keep";
  removes_ = removes_ || name == "remove";
  if ((keeps_ || removes_) && !base_) return invalid(name, "the policy is based on no other");
  if (keeps_ && removes_) return invalid(name, "keep and remove exclude each other");
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
    EVALX_TRY_VOID(add_call(name, *call, rule, match));
  }
  return {};
}

Result<RulesByCall> RuleReader::finish() {
  if (base_ && !keeps_) rules_.merge(*base_);
  return std::move(rules_);
}

Result<RulesByCall> parse(std::string_view text, std::span<const EmbeddedFile> files,
                          std::size_t depth) {
  static const std::set<std::string_view> kTables{"allow", "match", "refuse", "trap",
                                                  "keyed", "keep",  "remove"};
  try {
    const toml::table document = toml::parse(text);
    std::optional<RulesByCall> base_rules;
    if (const auto* base = document.get("based_on")) {
      EVALX_TRY(base_rules, read_rules(base->value_or(std::string_view{}), files, depth + 1));
    }
    RuleReader reader{std::move(base_rules)};
    for (const auto& [name, node] : document) {
      if (name.str() == "based_on") continue;
      if (!kTables.contains(name.str()) || !node.is_array_of_tables())
        return invalid(name.str(), "unknown table");
      for (const toml::node& table : *node.as_array())
        EVALX_TRY_VOID(reader.add(name.str(), *table.as_table()));
    }
    return reader.finish();
  } catch (const toml::parse_error& error) {
    return fail(std::make_error_code(std::errc::invalid_argument), error.description());
  }
}

// NOLINTNEXTLINE(misc-no-recursion): at most as deep as there are files
Result<RulesByCall> read_rules(std::string_view name, std::span<const EmbeddedFile> files,
                               std::size_t depth) {
  const auto file = std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& candidate) {
    return candidate.name == std::string(name) + ".toml";
  });
  const std::string subject = "seccomp policy " + std::string(name) + ":";
  const auto wrong = std::make_error_code(std::errc::invalid_argument);
  if (file == files.end()) return fail(wrong, subject, "no policy has this name");
  if (depth >= files.size()) return fail(wrong, subject, "it is based on itself");
  auto rules = parse(file->text, files, depth);
  if (!rules && !rules.error().what.starts_with("seccomp policy"))
    return fail(rules.error().code, subject, rules.error().what);
  return rules;
}

}  // namespace

Result<std::vector<SyscallRule>> read_policy(std::string_view name,
                                             std::span<const EmbeddedFile> files) {
  EVALX_TRY(const RulesByCall by_call, read_rules(name, files, 0));
  std::vector<SyscallRule> all;
  for (const auto& [call, rules] : by_call) all.insert(all.end(), rules.begin(), rules.end());
  return all;
}

Result<Filters> compile_profiles(std::span<const EmbeddedFile> files) {
  Filters filters;
  for (const auto& [profile, name] : kSeccompProfiles) {
    EVALX_TRY(const std::vector<SyscallRule> rules, read_policy(name, files));
    EVALX_TRY(kernel::Filter filter, kernel::compile_filter(rules));
    filters.push_back(std::move(filter));
  }
  return filters;
}

}  // namespace evalx::sandbox::native
