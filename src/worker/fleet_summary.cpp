#include "worker/fleet_summary.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "base/join.hpp"

namespace evalx::worker {
namespace {

using Versions = std::set<std::string>;

std::string joined(const Versions& versions) {
  std::vector<std::string> shown;
  for (const std::string& version : versions) {
    if (shown.size() < kVersionsShownMax) shown.push_back(version);
  }
  return join(shown, ", ");
}

std::size_t badness(std::string_view state) {
  constexpr std::array<std::string_view, 3> kStates{"good", "reduced", "missing"};
  return static_cast<std::size_t>(std::find(kStates.begin(), kStates.end(), state) -
                                  kStates.begin());
}

/// Keeps each mechanism once, in its worst state, in the order of first appearance.
void add_mechanisms(std::vector<Mechanism>& all, const std::vector<Mechanism>& more) {
  for (const Mechanism& mechanism : more) {
    const auto known = std::find_if(
        all.begin(), all.end(), [&](const Mechanism& one) { return one.name == mechanism.name; });
    if (known == all.end()) {
      if (all.size() < kMechanismsShownMax) all.push_back(mechanism);
    } else if (badness(known->state) < badness(mechanism.state)) {
      *known = mechanism;
    }
  }
}

/// Isolate is weaker than the native engine, no profile is weaker than any, and each profile is
/// weaker than the next one.
void add_engine(Announcement& all, const Announcement& more) {
  if (more.sandbox == "isolate") all.sandbox = more.sandbox;
  if (!more.seccomp_profile) all.seccomp_profile.reset();
  if (all.seccomp_profile) {
    all.seccomp_profile = std::min(*all.seccomp_profile, *more.seccomp_profile);
  }
  if (!more.cgroup_version) all.cgroup_version.reset();
  if (all.cgroup_version) all.cgroup_version = std::min(*all.cgroup_version, *more.cgroup_version);
}

}  // namespace

FleetSummary summarize(const queue::LiveWorkers& live) {
  FleetSummary summary;
  std::map<std::string, Versions> languages;
  Versions versions;
  std::map<std::string, Versions> sandbox_versions;
  for (const queue::LiveWorker& worker : live.workers) {
    ++summary.workers;
    const auto announced = decode_announcement(worker.announcement);
    if (!announced) {
      ++summary.silent;
      continue;
    }
    for (const auto& [id, version] : announced->languages) languages[id].insert(version);
    versions.insert(announced->version);
    sandbox_versions[announced->sandbox].insert(announced->sandbox_version);
    if (!summary.together) {
      summary.together = *announced;
      continue;
    }
    add_engine(*summary.together, *announced);
    summary.together->sandboxes += announced->sandboxes;
    summary.together->memory_budget_mb += announced->memory_budget_mb;
    add_mechanisms(summary.together->mechanisms, announced->mechanisms);
  }
  if (!summary.together) return summary;
  summary.together->version = joined(versions);
  summary.together->sandbox_version = joined(sandbox_versions[summary.together->sandbox]);
  for (const auto& [id, found] : languages) summary.together->languages[id] = joined(found);
  return summary;
}

}  // namespace evalx::worker
