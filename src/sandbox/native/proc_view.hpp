#pragma once
// ProcView: which parts of /proc programs see.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace evalx::sandbox::native {

/// The only entries of /proc that programs can read, besides those of their own processes. Runtimes
/// read them. Everything else is about the machine, or is in a kernel that does not exist yet.
inline constexpr std::array<std::string_view, 12> kVisibleInProc{
    "cpuinfo", "filesystems", "loadavg", "meminfo",     "mounts", "net",
    "self",    "stat",        "sys",     "thread-self", "uptime", "version"};

/// Paths below /proc to be covered in each /proc of a slot.
struct ProcCovers {
  std::vector<std::string> files;
  std::vector<std::string> directories;
};

/// Lists what is in this machine's /proc, readable for everyone, and not in kVisibleInProc. An
/// entry that only root can read needs no cover: no user of a slot is the machine's root. A cover
/// takes some microseconds for each run with its own /proc, so there is none for what does not
/// exist. Errors: those of reading /proc; E2BIG for more than 256 entries.
Result<ProcCovers> survey_proc();

}  // namespace evalx::sandbox::native
