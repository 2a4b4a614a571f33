#pragma once
// Facts: what was seen of a machine, as values: rules judge them, tests make them up.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace evalx::doctor {

struct KernelVersion {
  unsigned major = 0;
  unsigned minor = 0;

  friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

/// "6.1.0-18-amd64": 6 and 1; nullopt if it is no version.
std::optional<KernelVersion> parse_kernel_release(std::string_view release);

/// What the kernel said when something was tried: 0, or an errno.
using Tried = int;

struct KernelFacts {
  std::string release;
  struct Namespace {
    std::string kind;
    Tried tried = 0;
  };
  Tried user_namespace = 0;
  std::vector<Namespace> namespaces;  ///< The other kinds, each within a new user namespace.
  // Settings that forbid user namespaces; nullopt where the kernel has no such file.
  std::optional<std::uint64_t> max_user_namespaces;
  std::optional<std::uint64_t> unprivileged_userns_clone;  ///< Debian's and Ubuntu's.
  std::optional<std::uint64_t> apparmor_restricts_userns;  ///< Ubuntu's, from 23.10 on.
  bool filter_kills = false;                               ///< SECCOMP_RET_KILL_PROCESS
  bool filter_notifies = false;                            ///< SECCOMP_RET_USER_NOTIF
  Tried no_new_privs = 0;
  Tried pidfd = 0;
  Tried clone3 = 0;
  Tried clone_into_cgroup = 0;
  Tried fsopen = 0;
  Tried open_tree = 0;
  Tried move_mount = 0;
  Tried mount_setattr = 0;
  Tried tmpfile = 0;     ///< O_TMPFILE on a tmpfs.
  Tried proc_mount = 0;  ///< A proc in new user, mount and pid namespaces.
};

struct CgroupFacts {
  enum class Layout {
    None,
    V1,
    V2,
    Hybrid,  ///< Version 2 is mounted too, but without the controllers.
  };
  struct Controller {
    std::string name;
    bool present = false;
    bool delegated = false;  ///< Groups below ours may use it. Always so in version 1.
    bool writable = false;   ///< Groups can be made in its hierarchy.
  };

  Layout layout = Layout::None;
  bool uses_v2 = false;                 ///< The hierarchy that holds the controllers.
  std::vector<Controller> controllers;  ///< memory, pids, cpu
  std::string place;                    ///< Where our groups are made; empty if nowhere.
  std::string problem;                  ///< Why nowhere.
  Tried error = 0;                      ///< The same for rules.
  // In a group of ours; meaningful if there is a place.
  bool has_kill = false;
  bool has_peak = false;
  bool resets_peak = false;
  bool limits_swap = false;
  std::uint64_t swap_total_kb = 0;
};

struct HostFacts {
  unsigned uid = 0;
  std::uint64_t capabilities = 0;  ///< Effective.
  bool is_filtered = false;        ///< Somebody set a seccomp filter on us.
  std::string container;           ///< "docker", "podman"…; empty: none known.
  std::string account;             ///< Whom root becomes.
  std::string core_pattern;
  std::uint64_t open_files = 0;   ///< RLIMIT_NOFILE, hard.
  std::uint64_t connections = 0;  ///< That HTTP may have at one time.
  std::uint64_t sandboxes = 1;    ///< That may run at one time.
  std::string data_dir;
  std::optional<std::uint64_t> free_disk_mb;  ///< nullopt: not known.
};

struct TimingFacts {
  unsigned cpus = 1;
  std::uint64_t sandboxes = 1;
  std::string clock;
  std::string huge_pages;  ///< "always", "madvise", "never"; empty: not known.
  std::optional<std::uint64_t> address_randomisation;
  std::optional<bool> turbo;
  std::optional<bool> smt;
  std::string governor;
};

}  // namespace evalx::doctor
