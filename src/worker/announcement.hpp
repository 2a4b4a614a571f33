#pragma once
// Announcement: a worker's report about itself, which the queue shows to APIs and operators.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/seccomp_profile.hpp"
#include "submission/json_writer.hpp"

namespace evalx::worker {

/// A mechanism that the sandbox depends on.
struct Mechanism {
  std::string name;
  std::string state;      ///< "good", "reduced" or "missing".
  bool required = false;  ///< Without it a worker starts only with --allow-weak.
  std::string lost;       ///< The protection that is lost; empty if none is.

  friend bool operator==(const Mechanism&, const Mechanism&) = default;
};

struct Announcement {
  std::string version;                            ///< evalX's version.
  std::string sandbox;                            ///< "native" or "isolate".
  std::string sandbox_version;                    ///< evalX's version, or the tool isolate's.
  std::optional<SeccompProfile> seccomp_profile;  ///< nullopt: isolate has none.
  std::optional<unsigned> cgroup_version;         ///< 1 or 2; nullopt: runs are in no cgroup.
  std::uint64_t sandboxes = 0;                    ///< Sandboxes that may run at one time.
  std::uint64_t memory_budget_mb = 0;             ///< Sum of the memory limits of those.
  std::vector<Mechanism> mechanisms;
  std::map<std::string, std::string> languages;  ///< Version of the tool by the language's id.

  friend bool operator==(const Announcement&, const Announcement&) = default;
};

/// One JSON object, for Work::announce().
std::string encode(const Announcement& announcement);

/// nullopt if `text` is no announcement. Members that this release does not know are ignored: a
/// later release wrote them.
std::optional<Announcement> decode_announcement(std::string_view text);

/// Writes the members "sandbox", "sandbox_version" and "seccomp_profile" into an open object.
void write_sandbox(submission::JsonWriter& writer, const Announcement& announcement);
/// Writes the member "languages", an array of objects with "id" and "version", into an open object.
void write_languages(submission::JsonWriter& writer, const Announcement& announcement);

}  // namespace evalx::worker
