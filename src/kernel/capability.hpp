#pragma once
// Capability: giving up capabilities permanently (capabilities(7)), and becoming another user for a
// short time.

#include <sys/types.h>

#include <span>

#include "base/result.hpp"

namespace evalx::kernel {

/// Whether the calling thread has the capability (CAP_*) now, in its own user namespace.
bool has_capability(int capability) noexcept;

/// Makes exactly the capabilities in `wanted` effective, and no other one. Errors: capset(2)'s;
/// EPERM if one of them is not permitted.
Result<> raise_capabilities(std::span<const int> wanted);

/// From here on no exec gives a capability, in this process and in all its children. A no-op
/// without CAP_SETPCAP. Errors: prctl(2)'s.
Result<> empty_bounding_set();

/// From here on a change of the user id neither gives nor removes capabilities, in this process and
/// in all its children. A no-op without CAP_SETPCAP. Errors: prctl(2)'s.
Result<> lock_securebits();

/// Gives up every capability but `kept`, permanently. The permitted and effective sets become
/// `kept`; the inheritable, ambient and bounding sets, from which an exec could gain capabilities,
/// become empty; no_new_privs is set. Without CAP_SETPCAP the bounding set stays as it is, but
/// no_new_privs makes it meaningless. Errors: prctl(2)'s, capset(2)'s.
Result<> keep_only_capabilities(std::span<const int> kept);

/// The process has another effective user while this object lives. Needs CAP_SETUID, unless the
/// user is the same. Effective capabilities survive the change only after lock_securebits().
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
