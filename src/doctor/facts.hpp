#pragma once
// Facts: what was found on a machine, as values. Rules judge them, and tests make them up.

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

/// The result of a trial: 0, or the errno of the kernel.
using Tried = int;

struct KernelFacts {
  std::string release;
  struct Namespace {
    std::string kind;
    Tried tried = 0;
  };
  Tried user_namespace = 0;
  std::vector<Namespace> namespaces;  ///< The other kinds, each inside a new user namespace.
  // Settings that forbid user namespaces; nullopt if the kernel has no such file.
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
    bool delegated = false;  ///< Groups below ours may use it. Always true in version 1.
    bool writable = false;   ///< Groups can be made in its hierarchy.
  };

  Layout layout = Layout::None;
  bool uses_v2 = false;                 ///< Version 2 has the controllers; otherwise version 1.
  std::vector<Controller> controllers;  ///< memory, pids; in version 1 also cpuacct.
  std::string place;                    ///< Where we make our groups; empty if nowhere.
  std::string problem;                  ///< If nowhere: the reason.
  Tried error = 0;                      ///< That reason as an errno.
  // Found in a group of ours; meaningful if `place` is not empty.
  bool has_kill = false;
  bool has_peak = false;
  bool resets_peak = false;
  bool limits_swap = false;
  std::uint64_t swap_total_kb = 0;
};

/// A hard limit of setrlimit(2), which programs inherit.
struct ResourceFacts {
  std::string what;                   ///< "open files"
  std::string name;                   ///< "nofile", for `ulimit`, Docker and systemd.
  std::optional<std::uint64_t> hard;  ///< nullopt: unlimited.
  std::optional<std::uint64_t> needed;
};

struct HostFacts {
  unsigned uid = 0;
  std::uint64_t capabilities = 0;  ///< Effective.
  bool is_filtered = false;        ///< A seccomp filter is set on this process.
  std::string container;           ///< "docker", "podman" …; empty: no known one.
  bool has_systemd = false;        ///< It runs here, and could delegate a cgroup.
  std::string account;             ///< The user that evalX becomes if it is started as root.
  std::string core_pattern;
  std::uint64_t open_files = 0;   ///< Hard limit of RLIMIT_NOFILE.
  std::uint64_t connections = 0;  ///< The most HTTP connections at one time.
  std::uint64_t sandboxes = 1;    ///< The most sandboxes at one time.
  std::string data_dir;
  std::optional<std::uint64_t> free_disk_mb;  ///< nullopt: unknown.
  std::vector<ResourceFacts> resources;
};

struct TimingFacts {
  unsigned cpus = 1;
  std::uint64_t sandboxes = 1;
  std::string clock;
  std::string huge_pages;  ///< "always", "madvise", "never"; empty: unknown.
  std::optional<std::uint64_t> address_randomisation;
  std::optional<bool> turbo;
  std::string governor;
};

/// All of it as the kernel shows it; empty if it does not.
struct ProcessorFacts {
  struct Vulnerability {
    std::string name;   ///< "spectre_v2", as in /sys/devices/system/cpu/vulnerabilities.
    std::string state;  ///< "Not affected", "Mitigation: …", "Vulnerable: …", "Unknown: …".
  };
  std::vector<Vulnerability> vulnerabilities;  ///< In the order of their names.
  bool is_guest = false;                       ///< In a virtual machine.
  bool mitigations_are_off = false;            ///< By the kernel's command line.
  std::optional<bool> smt;                     ///< Whether a core runs two threads now.
  std::string smt_control;    ///< "on", "off", "forceoff", "notsupported", "notimplemented".
  Tried core_scheduling = 0;  ///< PR_SCHED_CORE of prctl(2).
};

struct IsolateFacts {
  bool is_chosen = false;
  std::string version;  ///< "1.8"; empty: the tool is not available.
  std::string path;
};

struct ServerFacts {
  bool has_no_new_privs = true;
};

/// A mechanism that an engine found missing at its start.
struct WeaknessFacts {
  std::string mechanism;
  std::string lost;
  std::string fix;
  bool is_required = true;
};

struct TrialFacts {
  std::string account;  ///< How the program ended, and what it used; empty: not started.
  std::string problem;  ///< Empty: the run went as it should.
};

struct CompileTrialFacts {
  std::string language_id;  ///< Empty: no compiled language is installed.
  std::string language_name;
  std::string problem;  ///< Empty: the self-test passed.
};

struct LanguageFacts {
  std::size_t known = 0;             ///< Installed or not.
  std::vector<std::string> missing;  ///< The ids of those that are not installed.
  std::string container;             ///< As in HostFacts.
};

}  // namespace evalx::doctor
