#pragma once
// Ids: which user and group ids of this machine a launcher and its slots run as.

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/seccomp_profile.hpp"

namespace evalx::sandbox::native {

/// As many as may run at one time, and as many idle ones of each other profile.
inline constexpr unsigned kMaxSlots = 2048 * kSeccompProfiles.size();
inline constexpr unsigned kIdsPerSlot = 2;  ///< The supervisor's, and its programs'.
/// Of programs, inside a slot. Where there is one id only, the launcher is that in its own
/// namespace as well: to hand an id 0 on to a slot would take CAP_SETFCAP (user_namespaces(7)).
inline constexpr uid_t kProgramId = 1000;

/// Ids as this process sees them, not as a user namespace below it will.
struct IdPlan {
  enum class Source {
    Root,         ///< Any ids: this process may set its own (CAP_SETUID, CAP_SETGID).
    Subordinate,  ///< Those of /etc/subuid and /etc/subgid, by newuidmap(1) and newgidmap(1).
    Own,          ///< The one that this process has.
  };
  Source source = Source::Own;
  uid_t uid = 0;  ///< The launcher's.
  gid_t gid = 0;
  uid_t first_uid = 0;  ///< Of the slots, kIdsPerSlot each; the groups' in the same way.
  gid_t first_gid = 0;
  unsigned count = 0;  ///< 0: slots and programs share the launcher's.

  [[nodiscard]] unsigned slots() const { return count == 0 ? kMaxSlots : count / kIdsPerSlot; }
};

/// `uid_base`: where the slots' ids begin if this process may choose; the launcher has the one
/// below. In a container that has not so many ids, the last ones that it has.
IdPlan plan_ids(uid_t uid_base);

/// The first of `count` ids that a map as in /proc/PID/uid_map has in one piece: `wanted` if that
/// is possible, else the last ones of the largest piece; nullopt if no piece is large enough.
std::optional<uid_t> place_ids(std::string_view map, uid_t wanted, unsigned count);

struct SubordinateRange {
  uid_t first = 0;
  unsigned count = 0;
};
/// The first range that a file as in subuid(5) gives to a user, by name or number.
std::optional<SubordinateRange> find_subordinate(std::string_view file, std::string_view name,
                                                 uid_t uid);

}  // namespace evalx::sandbox::native
