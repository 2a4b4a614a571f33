#include "doctor/host_rules.hpp"

#include <linux/capability.h>

#include <array>

namespace evalx::doctor {
namespace {

struct Capability {
  const char* name;
  unsigned bit;
};

/// Each found by leaving it out: without it a slot cannot be made, or root not be given up.
constexpr std::array<Capability, 4> kCapabilities{{
    {"SETUID", CAP_SETUID},              // id maps, and giving up root
    {"SETGID", CAP_SETGID},              // the same for groups
    {"CHOWN", CAP_CHOWN},                // folders and control groups for who is not root
    {"DAC_OVERRIDE", CAP_DAC_OVERRIDE},  // directories of control groups are often mode 0555
}};

bool has(std::uint64_t set, unsigned bit) {
  return (set >> bit & 1U) != 0;
}

Finding judge_account(const HostFacts& facts) {
  if (facts.uid != 0) return good("account", "uid " + std::to_string(facts.uid));
  if (facts.account == "evalx") return good("account", "root becomes evalx");
  return reduced("account", "root becomes " + facts.account,
                 "other services of that account could signal the server and read its files",
                 "useradd --system --no-create-home --shell /usr/sbin/nologin evalx");
}

/// core(5): a handler behind a pipe is started whatever RLIMIT_CORE says, unless it is 1: that the
/// kernel takes for a dump that came from a dump, and gives up (fs/coredump.c).
Finding judge_core_pattern(const HostFacts& facts) {
  if (!facts.core_pattern.starts_with('|')) return good("core dumps", "none: RLIMIT_CORE");
  return reduced(
      "core dumps", "piped to " + facts.core_pattern.substr(1),
      "only RLIMIT_CORE 1 keeps a crash from starting that handler as root: isolate sets 0, "
      "which does not",
      "sysctl -w kernel.core_pattern=core");
}

/// A slot's sockets, and what a run passes: files, both outputs, a large stdin, an artifact.
constexpr std::uint64_t kFilesPerSandbox = 16;
/// The store, the languages, the loops, the log.
constexpr std::uint64_t kOtherFiles = 128;

Finding judge_open_files(const HostFacts& facts) {
  const std::uint64_t needed = kOtherFiles + facts.connections + kFilesPerSandbox * facts.sandboxes;
  const std::string detail =
      std::to_string(facts.open_files) + " may be open, " + std::to_string(needed) + " are enough";
  if (facts.open_files >= needed) return good("open files", detail);
  return reduced("open files", detail, "connections are refused, or runs fail and are tried again",
                 "ulimit -Hn " + std::to_string(needed) +
                     ", or LimitNOFILE=" + std::to_string(needed) + " in evalx' unit");
}

constexpr std::uint64_t kLittleDiskMb = 1024;

Finding judge_disk(const HostFacts& facts) {
  if (!facts.free_disk_mb)
    return reduced("disk", facts.data_dir + ": cannot be looked at",
                   "submissions are refused if it is full", "let data_dir name a local folder");
  const std::string detail =
      std::to_string(*facts.free_disk_mb) + " MiB free for " + facts.data_dir;
  if (*facts.free_disk_mb >= kLittleDiskMb) return good("disk", detail);
  return reduced("disk", detail, "submissions are refused once it is full",
                 "free 1 GiB there, or let data_dir name another disk");
}

Finding describe_container(const HostFacts& facts) {
  const std::string filter = facts.is_filtered ? ", with a seccomp filter of its manager" : "";
  return good("container", facts.container.empty() ? "none" + filter : facts.container + filter);
}

}  // namespace

Findings judge_rights(const HostFacts& facts) {
  constexpr const char* kName = "rights of the launcher";
  if (facts.uid != 0)
    return {reduced(kName, "uid " + std::to_string(facts.uid) + ": without root",
                    "what a launcher cannot have without root; what that is, the engine tells",
                    "start evalx as root: it gives that up")};
  std::string lacking;
  std::string options;
  for (const Capability& capability : kCapabilities) {
    if (has(facts.capabilities, capability.bit)) continue;
    lacking.append(lacking.empty() ? "" : ", ").append("CAP_").append(capability.name);
    options.append(options.empty() ? "" : " ").append("--cap-add=").append(capability.name);
  }
  if (lacking.empty()) return required({good(kName, "root, with the four capabilities it needs")});
  return {missing(kName, "root without " + lacking, "slots for programs cannot be made",
                  facts.container.empty() ? "start evalx with " + lacking
                                          : "start the container with " + options)};
}

Findings judge_host(const HostFacts& facts) {
  return {describe_container(facts), judge_account(facts), judge_core_pattern(facts),
          judge_open_files(facts), judge_disk(facts)};
}

}  // namespace evalx::doctor
