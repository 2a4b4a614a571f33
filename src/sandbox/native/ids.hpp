#pragma once
// Ids: the user and group ids of this machine that a launcher and its slots run as.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/seccomp_profile.hpp"

namespace evalx::sandbox::native {

/// As many as may run at one time, and the same number of idle ones of each other profile.
inline constexpr unsigned kMaxSlots = 2048 * kSeccompProfiles.size();
inline constexpr unsigned kIdsPerSlot = 2;  ///< One for the supervisor, one for its programs.
/// The id of programs, inside a slot. If there is only one id, the launcher has this one in its own
/// namespace, too: passing an id 0 on to a slot would take CAP_SETFCAP (user_namespaces(7)).
inline constexpr uid_t kProgramId = 1000;

/// The ids are those that this process sees, not those inside a user namespace below it.
struct IdPlan {
  enum class Source {
    Root,         ///< Any ids: this process may change its own (CAP_SETUID, CAP_SETGID).
    Subordinate,  ///< From /etc/subuid and /etc/subgid, through newuidmap(1) and newgidmap(1).
    Own,          ///< Only the id of this process.
  };
  Source source = Source::Own;
  uid_t uid = 0;  ///< The launcher's.
  gid_t gid = 0;
  uid_t first_uid = 0;  ///< The first id for slots, which take kIdsPerSlot each. Group ids alike.
  gid_t first_gid = 0;
  unsigned count = 0;  ///< 0: slots and programs share the id of the launcher.

  [[nodiscard]] unsigned slots() const { return count == 0 ? kMaxSlots : count / kIdsPerSlot; }
};

/// `uid_base`: the first id for slots, if this process may choose; the launcher gets the id below.
/// In a container with fewer ids, the plan takes the last ones.
IdPlan plan_ids(uid_t uid_base);

/// The first of `count` consecutive ids in a map like /proc/PID/uid_map: `wanted` if possible,
/// otherwise the last ones of the largest range; nullopt if no range is large enough.
std::optional<uid_t> place_ids(std::string_view map, uid_t wanted, unsigned count);

struct SubordinateRange {
  uid_t first = 0;
  unsigned count = 0;
};
/// The first range for a user in a file like subuid(5), which names the user by name or number.
std::optional<SubordinateRange> find_subordinate(std::string_view file, std::string_view name,
                                                 uid_t uid);

}  // namespace evalx::sandbox::native
