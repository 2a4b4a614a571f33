#include "doctor/processor_rules.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/join.hpp"
#include "base/lower.hpp"

namespace evalx::doctor {
namespace {

using Vulnerability = ProcessorFacts::Vulnerability;

constexpr const char* kReadsTheCore =
    "a hostile program may read what the kernel, the server or its neighbours have just used on "
    "its "
    "core";
constexpr const char* kReadsTheKernel =
    "a hostile program may read memory of the kernel, and so of its neighbours and of this machine";
constexpr const char* kMisleads =
    "a hostile program may make the kernel or another process reveal its memory through the caches";
constexpr const char* kSwitchSmtOff = "echo off > /sys/devices/system/cpu/smt/control";

/// The meaning of a vulnerability of the kernel's list, here.
struct Meaning {
  std::string_view name;
  const char* loss;  ///< nullptr: only guests of a hypervisor on this machine can use it.
};
constexpr std::array<Meaning, 18> kMeanings{{
    {"gather_data_sampling", kReadsTheCore},
    {"mds", kReadsTheCore},
    {"mmio_stale_data", kReadsTheCore},
    {"reg_file_data_sampling", kReadsTheCore},
    {"srbds", kReadsTheCore},
    {"tsa", kReadsTheCore},
    {"tsx_async_abort", kReadsTheCore},
    {"l1tf", kReadsTheKernel},
    {"meltdown", kReadsTheKernel},
    {"indirect_target_selection", kMisleads},
    {"retbleed", kMisleads},
    {"spec_rstack_overflow", kMisleads},
    {"spectre_v1", kMisleads},
    {"spectre_v2", kMisleads},
    {"spec_store_bypass",
     "a hostile part of a program may read the rest of the same process; programs are separate "
     "processes"},
    {"old_microcode", "a hostile program may use faults of the CPU that newer microcode mends"},
    {"itlb_multihit", nullptr},
    {"vmscape", nullptr},
}};

const char* loss_of(const std::string& name) {
  const auto* const known = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [&](const Meaning& m) { return m.name == name; });
  return known == kMeanings.end()
             ? "a hostile program may reach what is not its own; the kernel's documentation has a "
               "page about it"
             : known->loss;
}

/// The state without what concerns guests of this machine: "KVM: …" and "VMX: …", to its end.
std::string state_for_programs(const Vulnerability& found) {
  std::string state = lower(found.state);
  for (const char* guests : {"kvm:", "vmx:"})
    state.resize(std::min(state.find(guests), state.size()));
  return state;
}

enum class Openness { Closed, Unknown, OpenBySmt, Open };

Openness openness_of(const Vulnerability& found) {
  if (loss_of(found.name) == nullptr) return Openness::Closed;
  std::string state = state_for_programs(found);
  constexpr std::string_view kBySmt = "smt vulnerable";
  const auto by_smt = state.find(kBySmt);
  if (by_smt != state.npos) state.erase(by_smt, kBySmt.size());
  if (state.find("vulnerable") != state.npos) return Openness::Open;
  if (by_smt != state.npos) return Openness::OpenBySmt;
  return state.find("unknown") != state.npos ? Openness::Unknown : Openness::Closed;
}

std::string fix_for(const Vulnerability& found, const ProcessorFacts& facts) {
  if (facts.mitigations_are_off) return "boot without mitigations=off";
  if (openness_of(found) == Openness::OpenBySmt) return kSwitchSmtOff;
  if (facts.is_guest)
    return "install a newer kernel here, and newer microcode on the host of this virtual machine";
  return "install a newer kernel and the CPU's microcode (intel-microcode, amd64-microcode)";
}

Finding summarise(const ProcessorFacts& facts) {
  constexpr const char* kName = "CPU vulnerabilities";
  if (facts.vulnerabilities.empty())
    return good(kName, "unknown: not shown by this kernel or this container");
  std::size_t open = 0;
  std::vector<std::string> unknown;
  for (const Vulnerability& found : facts.vulnerabilities) {
    const Openness openness = openness_of(found);
    if (openness == Openness::Unknown) unknown.push_back(found.name);
    if (openness == Openness::Open || openness == Openness::OpenBySmt) ++open;
  }
  std::string detail =
      std::to_string(facts.vulnerabilities.size()) + " kinds, " + std::to_string(open) + " open";
  if (!unknown.empty()) detail += "; the kernel does not know about " + join(unknown, ", ");
  return good(kName, std::move(detail));
}

Finding judge_smt(const ProcessorFacts& facts) {
  const std::string control =
      facts.smt_control.empty() ? "" : " (control: " + facts.smt_control + ")";
  if (!facts.smt) return good("SMT", "unknown" + control);
  if (!*facts.smt) return good("SMT", "off" + control);
  return reduced("SMT", "on" + control,
                 "two programs on one core slow each other down, and can spy on each other "
                 "through its caches",
                 kSwitchSmtOff);
}

/// For information only: evalX does nothing with it.
Finding describe_core_scheduling(const ProcessorFacts& facts) {
  constexpr const char* kName = "core scheduling";
  switch (facts.core_scheduling) {
    case 0:
      return good(kName, "available; evalX does not use it: neighbours may share a core");
    case ENODEV:
      return good(kName, "not needed: no core runs two threads");
    case EINVAL:
      return good(kName, "not available: needs Linux 5.14 with CONFIG_SCHED_CORE");
    default:
      return good(
          kName,
          "unknown: " + std::error_code{facts.core_scheduling, std::system_category()}.message());
  }
}

}  // namespace

Findings judge_processor(const ProcessorFacts& facts) {
  Findings findings{summarise(facts)};
  for (const Vulnerability& found : facts.vulnerabilities) {
    const Openness openness = openness_of(found);
    if (openness != Openness::Open && openness != Openness::OpenBySmt) continue;
    findings.push_back(reduced("CPU vulnerability " + found.name, found.state, loss_of(found.name),
                               fix_for(found, facts)));
  }
  append(findings, {judge_smt(facts), describe_core_scheduling(facts)});
  return findings;
}

}  // namespace evalx::doctor
