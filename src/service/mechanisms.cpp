#include "service/mechanisms.hpp"

#include <algorithm>

#include "base/join.hpp"
#include "base/log.hpp"
#include "doctor/cgroup_facts.hpp"
#include "doctor/cgroup_rules.hpp"
#include "doctor/engine_rules.hpp"
#include "doctor/host_facts.hpp"
#include "doctor/host_rules.hpp"
#include "doctor/kernel_facts.hpp"
#include "doctor/kernel_rules.hpp"
#include "doctor/processor_facts.hpp"
#include "doctor/processor_rules.hpp"
#include "doctor/room_rules.hpp"
#include "doctor/timing_rules.hpp"
#include "http/server.hpp"
#include "service/privilege.hpp"
#include "service/resource_limits.hpp"

namespace evalx::service {
namespace {

using config::SandboxKind;
using doctor::Finding;
using doctor::Findings;

doctor::Plan plan_of(const config::Settings& settings) {
  doctor::Plan plan;
  plan.account = unprivileged_identity().name;
  plan.data_dir = settings.data_dir.value_or("");
  plan.sandboxes = settings.max_concurrent_sandboxes;
  plan.connections = http::ServerOptions{}.connections_max;
  return plan;
}

}  // namespace

Machine examine_machine(const config::Settings& settings) {
  const doctor::Plan plan = plan_of(settings);
  doctor::HostFacts host = doctor::look_at_host(plan);
  host.resources = look_at_resources();
  const doctor::CgroupFacts cgroups = doctor::look_at_cgroups();
  Machine machine;
  machine.container = host.container;
  if (!cgroups.place.empty()) machine.cgroup_version = cgroups.uses_v2 ? 2 : 1;
  if (settings.sandbox == SandboxKind::Native) {
    machine.findings = doctor::judge_kernel(doctor::look_at_kernel(), host);
    append(machine.findings, doctor::judge_rights(host));
    append(machine.findings, doctor::judge_cgroups(cgroups, host));
    machine.findings.push_back(doctor::judge_resources(host));
  }
  machine.findings.push_back(doctor::judge_swap(cgroups));
  append(machine.findings, doctor::judge_host(host));
  append(machine.findings,
         doctor::judge_room(
             {kernel::look_at_room(), settings.max_concurrent_sandboxes, settings.memory_budget}));
  append(machine.findings, doctor::judge_processor(doctor::look_at_processor()));
  append(machine.findings, doctor::judge_timing(doctor::look_at_timing(plan)));
  return machine;
}

Findings examine_engine(const Engine& engine) {
  Findings findings;
  const config::Settings& settings = engine.settings();
  if (settings.sandbox == SandboxKind::Native) {
    findings.push_back(
        doctor::judge_seccomp_profile(std::string(to_string(settings.seccomp_profile))));
  } else {
    findings.push_back(
        doctor::judge_isolate({true, engine.sandbox_version(), settings.isolate_path}));
  }
  findings.push_back(
      doctor::judge_no_new_privs({setuid_tools_of(settings.sandbox) == SetuidTools::Refused}));
  for (const sandbox::Weakness& weakness : engine.weaknesses())
    findings.push_back(doctor::judge_weakness(
        {weakness.mechanism, weakness.lost, weakness.fix, weakness.required}));
  return findings;
}

Finding examine_languages(const language::Catalogue& catalogue, const Machine& machine) {
  doctor::LanguageFacts facts;
  facts.known = catalogue.list().size();
  facts.container = machine.container;
  for (const language::Language& language : catalogue.list()) {
    if (!language.available()) facts.missing.push_back(language.id);
  }
  return doctor::judge_languages(facts);
}

Result<> check_mechanisms(const Findings& findings, const config::Settings& settings) {
  std::string lines;
  for (const Finding& finding : refusals(findings)) {
    if (settings.allow_weak) {
      log::warning("a required mechanism is missing, as allowed",
                   {{"mechanism", finding.name}, {"lost", finding.lost}, {"fix", finding.fix}});
      continue;
    }
    const bool is_low = finding.name == doctor::kInheritedLimits;
    lines += (lines.empty() ? "" : "\n") + finding.name +
             (is_low ? " are too low (" : " is missing (") + finding.detail + "): " + finding.lost +
             "; to fix it: " + finding.fix;
  }
  if (lines.empty()) return {};
  return fail(std::make_error_code(std::errc::not_supported), lines);
}

std::string names_of_missing(const Findings& findings) {
  const auto is_cgroup = [](const std::string& name) {
    return name.find("cgroup") != std::string::npos;
  };
  std::vector<std::string> names;
  for (const Finding& finding : refusals(findings)) {
    const bool is_said =
        is_cgroup(finding.name) && std::any_of(names.begin(), names.end(), is_cgroup);
    if (!is_said) names.push_back(finding.name);
  }
  return join(names, ", ");
}

Result<> check_mechanisms_briefly(const Findings& findings, const config::Settings& settings) {
  const Findings refused = refusals(findings);
  if (refused.empty() || settings.allow_weak) return {};
  const std::string names = names_of_missing(findings);
  const bool is_plural = names.ends_with('s') || names.find(", ") != std::string::npos;
  const Finding& first = refused.front();
  const std::string trouble =
      first.name == doctor::kInheritedLimits
          ? names + " are too low (" + first.detail + ")"
          : names + (is_plural ? " are" : " is") + " missing";
  const bool names_doctor = first.fix.find("evalx doctor") != std::string::npos;
  return fail(std::make_error_code(std::errc::not_supported),
              trouble + "; to fix it: " + first.fix +
                  (names_doctor ? "; " : "; evalx doctor explains, ") +
                  "--allow-weak starts without");
}

}  // namespace evalx::service
