#pragma once
// Capability: giving up all rights but some, for good (capabilities(7)), and ids taken for a
// moment.

#include <sys/types.h>

#include <span>

#include "base/result.hpp"

namespace evalx::kernel {

/// Whether the calling thread has the capability (CAP_*) now, in its own user namespace.
bool has_capability(int capability) noexcept;

/// Makes the capabilities of `wanted` effective, of what is permitted. Errors: capset(2)'s.
Result<> raise_capabilities(std::span<const int> wanted);

/// For good, and for all children: no exec gives a capability. A no-op without CAP_SETPCAP.
/// Errors: prctl(2)'s.
Result<> empty_bounding_set();

/// For good, and for all children: no id gives capabilities or takes them away any more. A no-op
/// without CAP_SETPCAP. Errors: prctl(2)'s.
Result<> lock_securebits();

/// For good: nothing but `kept` in the permitted and effective sets, and nothing in those that an
/// exec could draw on: inheritable, ambient, bounding; with no_new_privs. Without CAP_SETPCAP the
/// bounding set stays as it is; no_new_privs makes it meaningless. Errors: prctl(2)'s, capset(2)'s.
Result<> keep_only_capabilities(std::span<const int> kept);

/// Becomes another effective user for its lifetime; needs CAP_SETUID unless it is the same one.
/// Effective capabilities outlast that only behind lock_securebits().
class EffectiveUser {
 public:
  static Result<EffectiveUser> become(uid_t uid);
  EffectiveUser(EffectiveUser&& other) noexcept;
  EffectiveUser& operator=(EffectiveUser&&) = delete;
  ~EffectiveUser();

 private:
  explicit EffectiveUser(uid_t before) : before_(before) {}
  uid_t before_;
};

}  // namespace evalx::kernel
