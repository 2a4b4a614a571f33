#include "service/mechanisms.hpp"

#include "base/join.hpp"
#include "base/log.hpp"
#include "doctor/cgroup_facts.hpp"
#include "doctor/cgroup_rules.hpp"
#include "doctor/host_facts.hpp"
#include "doctor/host_rules.hpp"
#include "doctor/kernel_facts.hpp"
#include "doctor/kernel_rules.hpp"
#include "doctor/timing_rules.hpp"
#include "http/server.hpp"
#include "sandbox/native/policy.hpp"
#include "service/privilege.hpp"

namespace evalx::service {
namespace {

using config::SandboxKind;
using doctor::Finding;
using doctor::Findings;

doctor::Plan plan_of(const config::Settings& settings) {
  doctor::Plan plan;
  plan.account = unprivileged_identity().name;
  plan.data_dir = settings.data_dir;
  plan.sandboxes = settings.max_concurrent_sandboxes;
  plan.connections = http::ServerOptions{}.connections_max;
  return plan;
}

Finding finding_of(const sandbox::Weakness& weakness) {
  if (!weakness.required)
    return doctor::reduced(weakness.mechanism, "less than the native engine's", weakness.lost,
                           weakness.fix);
  return doctor::missing(weakness.mechanism, "not there", weakness.lost, weakness.fix);
}

Finding judge_setuid_tools(SandboxKind kind) {
  constexpr const char* kName = "no_new_privs of the server";
  if (setuid_tools_of(kind) == SetuidTools::Refused)
    return doctor::good(kName, "set: nothing it starts has more rights than it");
  return doctor::reduced(kName, "not set, because isolate is setuid root",
                         "who breaks into the server may use the setuid programs of this machine",
                         "--sandbox=native");
}

}  // namespace

Machine examine_machine(const config::Settings& settings) {
  const doctor::Plan plan = plan_of(settings);
  const doctor::HostFacts host = doctor::look_at_host(plan);
  const doctor::CgroupFacts cgroups = doctor::look_at_cgroups();
  Machine machine;
  machine.container = host.container;
  if (!cgroups.place.empty()) machine.cgroup_version = cgroups.uses_v2 ? 2 : 1;
  if (settings.sandbox == SandboxKind::Native) {
    machine.findings = doctor::judge_kernel(doctor::look_at_kernel(), host);
    append(machine.findings, doctor::judge_rights(host));
    append(machine.findings, doctor::judge_cgroups(cgroups, host));
  }
  machine.findings.push_back(doctor::judge_swap(cgroups));
  append(machine.findings, doctor::judge_host(host));
  append(machine.findings, doctor::judge_timing(doctor::look_at_timing(plan)));
  return machine;
}

Findings examine_engine(const Engine& engine) {
  Findings findings;
  const SandboxKind kind = engine.settings().sandbox;
  if (kind == SandboxKind::Native) {
    const SeccompProfile profile = engine.settings().seccomp_profile;
    findings.push_back(
        doctor::good("seccomp profile", std::string(to_string(profile)) + ", an allow-list"));
  } else {
    findings.push_back(
        doctor::good("isolate", engine.sandbox_version() + ", " + engine.settings().isolate_path));
  }
  findings.push_back(judge_setuid_tools(kind));
  for (const sandbox::Weakness& weakness : engine.weaknesses())
    findings.push_back(finding_of(weakness));
  return findings;
}

Finding examine_languages(const language::Catalogue& catalogue, const Machine& machine) {
  std::vector<std::string> missing;
  for (const language::Language& language : catalogue.list()) {
    if (!language.available()) missing.push_back(language.id);
  }
  const std::size_t all = catalogue.list().size();
  std::string detail =
      std::to_string(all - missing.size()) + " of " + std::to_string(all) + " are here";
  if (missing.empty()) return doctor::good("languages", std::move(detail));
  // What is installed into a running container is gone with it.
  const std::string fix = machine.container.empty()
                              ? "scripts/install-languages " + missing.front()
                              : "build the image with " + missing.front() +
                                    " in EVALX_LANGUAGES (start-dev.sh, docker-compose.yml), which "
                                    "is LANGUAGES for docker build";
  return doctor::reduced("languages", std::move(detail),
                         "submissions in " + join(missing, ", ") + " are refused",
                         fix + "; evalx languages tells what each needs");
}

Result<> check_mechanisms(const Findings& findings, const config::Settings& settings) {
  std::string lines;
  for (const Finding& finding : refusals(findings)) {
    if (settings.allow_weak) {
      log::warning("weaker than it should be, as allowed",
                   {{"mechanism", finding.name}, {"lost", finding.lost}, {"fix", finding.fix}});
      continue;
    }
    lines += (lines.empty() ? "" : "\n") + finding.name + " is missing (" + finding.detail +
             "): " + finding.lost + "; to fix it: " + finding.fix;
  }
  if (lines.empty()) return {};
  return fail(std::make_error_code(std::errc::not_supported), lines);
}

}  // namespace evalx::service
