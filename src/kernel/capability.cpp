#include "kernel/capability.hpp"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/assert.hpp"
#include "kernel/raw_syscall.hpp"

namespace evalx::kernel {
namespace {

/// The three capability sets, one bit for each capability.
struct Sets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0;
};
using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

constexpr unsigned kWordBits = 32;

std::uint64_t bits(std::span<const int> capabilities) {
  std::uint64_t set = 0;
  for (const int capability : capabilities) set |= std::uint64_t{1} << capability;
  return set;
}

Sets present() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Words words{};
  raw_syscall(SYS_capget, &header, words.data());
  Sets sets;
  for (unsigned i = words.size(); i-- > 0;) {
    sets.effective = sets.effective << kWordBits | words[i].effective;
    sets.permitted = sets.permitted << kWordBits | words[i].permitted;
    sets.inheritable = sets.inheritable << kWordBits | words[i].inheritable;
  }
  return sets;
}

Result<> set(const Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Words words{};
  for (unsigned i = 0; i < words.size(); ++i) {
    words[i] = {static_cast<std::uint32_t>(sets.effective >> i * kWordBits),
                static_cast<std::uint32_t>(sets.permitted >> i * kWordBits),
                static_cast<std::uint32_t>(sets.inheritable >> i * kWordBits)};
  }
  const long answer = raw_syscall(SYS_capset, &header, words.data());
  if (answer < 0) return fail(code_of(answer), "capset");
  return {};
}

constexpr unsigned long kLockedBits =
    SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
    SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

}  // namespace

bool has_capability(int capability) noexcept {
  return (present().effective >> capability & 1U) != 0;
}

Result<> raise_capabilities(std::span<const int> wanted) {
  Sets sets = present();
  sets.effective = bits(wanted);
  return set(sets);
}

Result<> empty_bounding_set() {
  if (!has_capability(CAP_SETPCAP)) return {};
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability) < 0) return fail(last_error(), "CAPBSET_DROP");
  }
  return {};
}

Result<> lock_securebits() {
  if (!has_capability(CAP_SETPCAP)) return {};
  if (::prctl(PR_SET_SECUREBITS, kLockedBits) < 0) return fail(last_error(), "SET_SECUREBITS");
  return {};
}

Result<> keep_only_capabilities(std::span<const int> kept) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return fail(last_error(), "no_new_privs");
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return fail(last_error(), "CAP_AMBIENT_CLEAR_ALL");
  EVALX_TRY_VOID(empty_bounding_set());
  return set({bits(kept), bits(kept), 0});
}

Result<EffectiveUser> EffectiveUser::become(uid_t uid) {
  const uid_t before = ::geteuid();
  if (uid != before && ::setresuid(static_cast<uid_t>(-1), uid, static_cast<uid_t>(-1)) < 0)
    return fail(last_error(), "seteuid");
  return EffectiveUser{before};
}

EffectiveUser::EffectiveUser(EffectiveUser&& other) noexcept : before_(other.before_) {
  other.before_ = static_cast<uid_t>(-1);
}

EffectiveUser::~EffectiveUser() {
  // -1 keeps an id as it is. The call cannot fail, because before_ is still the real user.
  EVALX_ASSERT(::setresuid(static_cast<uid_t>(-1), before_, static_cast<uid_t>(-1)) == 0);
}

}  // namespace evalx::kernel
