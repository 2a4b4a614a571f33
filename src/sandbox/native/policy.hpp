#pragma once
// Policy: reads and checks the seccomp rules of seccomp/*.toml, and compiles them to filters.

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

/// The rules of NAME.toml in `files`, together with those that remain of its base policy.
/// seccomp/standard.toml describes the format. Errors: EINVAL, naming policy and table, for an
/// unknown key, a wrong type, an unknown errno, a rule without a reason, a call in two rules, or a
/// call that the base policy does not have.
Result<std::vector<kernel::SyscallRule>> read_policy(std::string_view name,
                                                     std::span<const EmbeddedFile> files);

/// One filter for each profile, in the order of the enumeration.
using Filters = std::vector<kernel::Filter>;
/// Errors: read_policy()'s, and EINVAL for a rule that libseccomp refuses.
Result<Filters> compile_profiles(std::span<const EmbeddedFile> files = seccomp_policies());

}  // namespace evalx::sandbox::native
