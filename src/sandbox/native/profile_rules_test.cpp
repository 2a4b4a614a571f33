// Random calls: the compiled filter of each profile does what the rules of its policy say, for all
// six arguments and both halves of each. EVALX_SEED=N repeats a run, EVALX_CALLS=N makes more
// calls.

#include <gtest/gtest.h>
#include <seccomp.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "sandbox/native/policy.hpp"
#include "sandbox/native/test_filter.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::SyscallRule;

constexpr std::uint64_t kSecret = 0x9E37'79B9'7F4A'7C15;
constexpr std::uint32_t kLastCall = 470;  ///< A few above the last call that a kernel has.
constexpr std::size_t kSixth = 5;

/// The rules of a policy, by the number of the call.
class Rules {
 public:
  explicit Rules(std::string_view profile) {
    std::vector<SyscallRule> all = read_policy(profile, seccomp_policies()).value();
    for (SyscallRule& rule : all) {
      const int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, rule.call.c_str());
      for (const auto& condition : rule.conditions) values_.push_back(condition.value);
      if (number >= 0) rules_[static_cast<std::uint32_t>(number)].push_back(std::move(rule));
    }
  }

  [[nodiscard]] std::uint32_t action_on(const Call& call) const {
    if (call.architecture != AUDIT_ARCH_X86_64) return SECCOMP_RET_USER_NOTIF;
    const auto found = rules_.find(call.number);
    if (found != rules_.end()) {
      for (const SyscallRule& rule : found->second) {
        if (applies(rule, call)) return action_of(rule);
      }
    }
    return SECCOMP_RET_ERRNO | ENOSYS;
  }
  /// Values that some rule compares with.
  [[nodiscard]] const std::vector<std::uint32_t>& values() const { return values_; }

 private:
  static bool applies(const SyscallRule& rule, const Call& call) {
    if (rule.keyed && call.arguments.at(kSixth) != kSecret) return false;
    for (const auto& condition : rule.conditions) {
      const auto low = static_cast<std::uint32_t>(call.arguments.at(condition.argument));
      if ((low & condition.mask) != condition.value) return false;
    }
    return true;
  }
  static std::uint32_t action_of(const SyscallRule& rule) {
    if (rule.action == SyscallRule::Action::Trap) return SECCOMP_RET_USER_NOTIF;
    if (rule.action == SyscallRule::Action::Allow) return SECCOMP_RET_ALLOW;
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(rule.error);
  }

  std::map<std::uint32_t, std::vector<SyscallRule>> rules_;
  std::vector<std::uint32_t> values_;
};

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

  Call call(const Rules& rules) {
    Call call;
    call.number = static_cast<std::uint32_t>(below(kLastCall + 1));
    if (below(50) == 0) call.architecture = AUDIT_ARCH_I386;
    for (std::uint64_t& argument : call.arguments) argument = value(rules);
    return call;
  }

 private:
  /// Near what decides: a value of a rule, a bit, the key; with any upper half.
  std::uint64_t value(const Rules& rules) {
    const std::uint64_t upper = below(2) == 0 ? 0 : engine_() << 32U;
    switch (below(6)) {
      case 0:
        return engine_();
      case 1:
        return upper | std::uint64_t{1} << below(32);
      case 2:
        return below(2) == 0 ? kSecret : kSecret ^ std::uint64_t{1} << below(64);
      case 3:
        return upper | static_cast<std::uint32_t>(rules.values()[below(rules.values().size())] +
                                                  static_cast<std::uint32_t>(below(3)) - 1U);
      default:
        return upper | rules.values()[below(rules.values().size())];
    }
  }

  std::mt19937_64 engine_;
};

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

TEST(ProfileRules, AreWhatTheCompiledFilterDoesWithRandomCalls) {
  const auto filters = compile_profiles();
  ASSERT_TRUE(filters) << filters.error().what;
  const std::uint64_t seed = setting("EVALX_SEED", 1), calls = setting("EVALX_CALLS", 100'000);
  for (const auto& [profile, name] : kSeccompProfiles) {
    const Rules rules{name};
    const auto program = filters->at(static_cast<std::size_t>(profile)).with_key(kSecret);
    Chance chance{seed};
    std::map<std::uint32_t, unsigned> seen;
    for (std::uint64_t i = 0; i < calls; ++i) {
      const Call call = chance.call(rules);
      const std::uint32_t action = answer_to(program, call).action;
      ++seen[action];
      ASSERT_EQ(action, rules.action_on(call))
          << name << " seed " << seed << " call " << call.number << std::hex << " "
          << testing::PrintToString(call.arguments);
    }
    EXPECT_GE(seen.size(), 4U) << name;  // Allow, trap, and at least two errors.
  }
}

}  // namespace
}  // namespace evalx::sandbox::native
