#pragma once
// Policy: the seccomp rules of seccomp/*.toml, read and checked.

#include <span>
#include <string_view>
#include <vector>

#include "base/embedded_file.hpp"
#include "base/result.hpp"
#include "kernel/seccomp.hpp"

namespace evalx::sandbox::native {

/// The policies built into the binary, by file name.
std::span<const EmbeddedFile> seccomp_policies();

/// Errors: EINVAL, naming table and key, for an unknown key, a wrong type, an unknown errno, a
/// rule without a reason, or a call that two rules name.
Result<std::vector<kernel::SyscallRule>> parse_policy(std::string_view toml);

}  // namespace evalx::sandbox::native
