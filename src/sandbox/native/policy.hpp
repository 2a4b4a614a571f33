#pragma once
// Policy: the seccomp rules of seccomp/*.toml, read and checked, and their filters.

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/embedded_file.hpp"
#include "base/result.hpp"
#include "base/seccomp_profile.hpp"
#include "kernel/seccomp.hpp"

namespace evalx::sandbox::native {

/// The policies built into the binary, by file name.
std::span<const EmbeddedFile> seccomp_policies();

/// The rules of NAME.toml among `files`, with what remains of those it is based on.
/// seccomp/standard.toml says how a policy is written. Errors: EINVAL, naming policy and table, for
/// an unknown key, a wrong type, an unknown errno, a rule without a reason, a call that two rules
/// name, or one that the policy beneath does not have.
Result<std::vector<kernel::SyscallRule>> read_policy(std::string_view name,
                                                     std::span<const EmbeddedFile> files);

/// The filter of each profile, in the order of the enumeration.
using Filters = std::vector<kernel::Filter>;
/// Errors: read_policy()'s, and EINVAL for what libseccomp refuses.
Result<Filters> compile_profiles(std::span<const EmbeddedFile> files = seccomp_policies());

}  // namespace evalx::sandbox::native
