#include "doctor/host_rules.hpp"

#include <linux/capability.h>

#include <array>

namespace evalx::doctor {
namespace {

struct Capability {
  const char* name;
  unsigned bit;
};

/// Found by trying without each: then evalX cannot make a slot, or cannot give up root.
constexpr std::array<Capability, 4> kCapabilities{{
    {"SETUID", CAP_SETUID},              // id maps, and giving up root
    {"SETGID", CAP_SETGID},              // the same for groups
    {"CHOWN", CAP_CHOWN},                // folders and control groups of a user other than root
    {"DAC_OVERRIDE", CAP_DAC_OVERRIDE},  // directories of control groups are often mode 0555
}};

bool has(std::uint64_t set, unsigned bit) {
  return (set >> bit & 1U) != 0;
}

Finding judge_account(const HostFacts& facts) {
  if (facts.uid != 0) return good("account", "uid " + std::to_string(facts.uid));
  if (facts.account == "evalx") return good("account", "starts as root, then runs as evalx");
  return reduced("account", "starts as root, then runs as " + facts.account,
                 "other services of that account can signal the server and read its files",
                 "useradd --system --no-create-home --shell /usr/sbin/nologin evalx");
}

/// core(5): the kernel starts a handler behind a pipe whatever RLIMIT_CORE is, except for the value
/// 1, which prevents a dump of the handler itself (fs/coredump.c).
Finding judge_core_pattern(const HostFacts& facts) {
  if (!facts.core_pattern.starts_with('|')) return good("core dumps", "off (RLIMIT_CORE)");
  return reduced(
      "core dumps", "piped to " + facts.core_pattern.substr(1),
      "a crash starts that handler as root, unless RLIMIT_CORE is 1; isolate sets it to 0, which "
      "does not prevent that",
      "sysctl -w kernel.core_pattern=core");
}

/// For the sockets of a slot, and for what a run passes: files, both outputs, a large stdin, an
/// artifact.
constexpr std::uint64_t kFilesPerSandbox = 16;
/// For the store, the languages, the event loops and the log.
constexpr std::uint64_t kOtherFiles = 128;

Finding judge_open_files(const HostFacts& facts) {
  const std::uint64_t needed = kOtherFiles + facts.connections + kFilesPerSandbox * facts.sandboxes;
  const std::string detail =
      "limit " + std::to_string(facts.open_files) + ", " + std::to_string(needed) + " needed";
  if (facts.open_files >= needed) return good("open files", detail);
  return reduced("open files", detail, "connections are refused, or runs fail and are retried",
                 "ulimit -Hn " + std::to_string(needed) + ", or LimitNOFILE=" +
                     std::to_string(needed) + " in the systemd unit of evalx");
}

/// "LimitNOFILE=4096".
std::string unit_setting(const ResourceFacts& limit) {
  std::string setting = "Limit";
  for (const char c : limit.name) {
    setting.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return setting + "=" + (limit.needed ? std::to_string(*limit.needed) : "infinity");
}

constexpr std::uint64_t kLittleDiskMb = 1024;

Finding judge_disk(const HostFacts& facts) {
  if (!facts.free_disk_mb)
    return reduced("disk", facts.data_dir + ": cannot be checked",
                   "submissions are refused if it is full", "set data_dir to a local folder");
  const std::string detail =
      std::to_string(*facts.free_disk_mb) + " MiB free for " + facts.data_dir;
  if (*facts.free_disk_mb >= kLittleDiskMb) return good("disk", detail);
  return reduced("disk", detail, "submissions are refused once it is full",
                 "free 1 GiB there, or set data_dir to a folder on another disk");
}

Finding describe_container(const HostFacts& facts) {
  const std::string filter = facts.is_filtered ? ", with a seccomp filter set by its manager" : "";
  return good("container", facts.container.empty() ? "none" + filter : facts.container + filter);
}

}  // namespace

Findings judge_rights(const HostFacts& facts) {
  constexpr const char* kName = "rights of the launcher";
  if (facts.uid != 0)
    return {reduced(kName, "uid " + std::to_string(facts.uid) + ", not root",
                    "without root, launcher and server run as the same user",
                    "start evalx as root; it gives up root by itself")};
  std::string lacking;
  std::string options;
  for (const Capability& capability : kCapabilities) {
    if (has(facts.capabilities, capability.bit)) continue;
    lacking.append(lacking.empty() ? "" : ", ").append("CAP_").append(capability.name);
    options.append(options.empty() ? "" : " ").append("--cap-add=").append(capability.name);
  }
  if (lacking.empty()) return required({good(kName, "root with the four capabilities it needs")});
  return {missing(kName, "root without " + lacking, "slots for programs cannot be made",
                  facts.container.empty() ? "start evalx with " + lacking
                                          : "start the container with " + options)};
}

Finding judge_resources(const HostFacts& facts) {
  constexpr const char* kName = kInheritedLimits;
  std::string detail;
  std::string unit;
  std::string options;
  for (const ResourceFacts& limit : facts.resources) {
    if (!limit.hard || (limit.needed && *limit.hard >= *limit.needed)) continue;
    const std::string needed = limit.needed ? std::to_string(*limit.needed) : "no limit";
    detail += (detail.empty() ? "" : "; ") + limit.what + ": hard limit " +
              std::to_string(*limit.hard) + ", " + needed + " needed";
    unit += (unit.empty() ? "" : " ") + unit_setting(limit);
    options +=
        " --ulimit " + limit.name + "=" + (limit.needed ? std::to_string(*limit.needed) : "-1");
  }
  if (detail.empty()) return required({good(kName, "none that a program could meet")}).front();
  return missing(kName, detail, "runs fail, or get a verdict for a limit that is not theirs",
                 facts.container.empty() ? "remove them, in a systemd unit with " + unit
                                         : "start the container with" + options);
}

Findings judge_host(const HostFacts& facts) {
  return {describe_container(facts), judge_account(facts), judge_core_pattern(facts),
          judge_open_files(facts), judge_disk(facts)};
}

}  // namespace evalx::doctor
