#pragma once
// Announcement: what a worker tells of itself, for whoever takes submissions or looks after
// workers.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/seccomp_profile.hpp"

namespace evalx::worker {

/// Something that the sandbox stands on.
struct Mechanism {
  std::string name;
  std::string state;      ///< "good", "reduced" or "missing".
  bool required = false;  ///< Without it a worker starts only if it was told to.
  std::string lost;       ///< What no longer holds; empty if nothing is lost.

  friend bool operator==(const Mechanism&, const Mechanism&) = default;
};

struct Announcement {
  std::string version;                            ///< Of evalX.
  std::string sandbox;                            ///< "native" or "isolate".
  std::string sandbox_version;                    ///< Of evalX, or of the tool isolate.
  std::optional<SeccompProfile> seccomp_profile;  ///< Isolate has none.
  std::optional<unsigned> cgroup_version;         ///< Of the groups of runs; nullopt: in none.
  std::uint64_t sandboxes = 0;                    ///< That may run at one time.
  std::uint64_t memory_budget_mb = 0;
  std::vector<Mechanism> mechanisms;
  std::map<std::string, std::string> languages;  ///< Version of the tool, by language's id.

  friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// One JSON object.
std::string encode(const Announcement& announcement);

/// nullopt if it is none. What stands in it beside what is known here was put there by a later
/// release, and is passed over.
std::optional<Announcement> decode_announcement(std::string_view text);

}  // namespace evalx::worker
