#include "worker/fleet.hpp"

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

/// Of the first that is in the worst state; in the order in which they were first told.
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

/// Isolate gives less than the native engine, no profile less than any, and each profile less than
/// the next.
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

Fleet unite(const queue::LiveWorkers& live) {
  Fleet fleet;
  std::map<std::string, Versions> languages;
  Versions versions;
  std::map<std::string, Versions> sandbox_versions;
  for (const queue::LiveWorker& worker : live.workers) {
    ++fleet.workers;
    const auto told = decode_announcement(worker.announcement);
    if (!told) {
      ++fleet.silent;
      continue;
    }
    for (const auto& [id, version] : told->languages) languages[id].insert(version);
    versions.insert(told->version);
    sandbox_versions[told->sandbox].insert(told->sandbox_version);
    if (!fleet.together) {
      fleet.together = *told;
      continue;
    }
    add_engine(*fleet.together, *told);
    fleet.together->sandboxes += told->sandboxes;
    fleet.together->memory_budget_mb += told->memory_budget_mb;
    add_mechanisms(fleet.together->mechanisms, told->mechanisms);
  }
  if (!fleet.together) return fleet;
  fleet.together->version = joined(versions);
  fleet.together->sandbox_version = joined(sandbox_versions[fleet.together->sandbox]);
  for (const auto& [id, found] : languages) fleet.together->languages[id] = joined(found);
  return fleet;
}

}  // namespace evalx::worker
