#include "doctor/kernel_rules.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace evalx::doctor {
namespace {

/// The version of mount_setattr(2), the newest call that the native engine needs.
constexpr KernelVersion kLeastKernel{5, 12};
/// From this version on, no finding is reduced because of the kernel.
constexpr KernelVersion kWholeKernel{6, 12};

std::string refused(Tried error) {
  return "refused: " + words_of(error);
}

/// The fix for a call that the kernel has, and that is forbidden to evalX.
std::string permission_fix(const HostFacts& host) {
  if (host.uid != 0 && !host.container.empty()) return root_in_container();
  if (!host.container.empty()) return "start the container with " + container_rights();
  return host.uid == 0
             ? "allow it in the security module or seccomp filter that forbids it to evalx"
             : "start evalx as root";
}

std::string fix_for(Tried error, const char* version, const HostFacts& host) {
  return error == ENOSYS || error == EINVAL ? std::string("install Linux ") + version + " or newer"
                                            : permission_fix(host);
}

Finding judge_release(const KernelFacts& facts) {
  const auto version = parse_kernel_release(facts.release);
  if (!version || *version < kLeastKernel)
    return missing("kernel", facts.release, "boxes and read-only roots cannot be made",
                   "install Linux 5.12 or newer");
  if (*version >= kWholeKernel) return good("kernel", facts.release);
  return good("kernel", facts.release + " (5.12 or newer is needed, 6.12 supports everything)");
}

std::string user_namespace_fix(const KernelFacts& facts, const HostFacts& host) {
  if (facts.max_user_namespaces == 0U) return "sysctl -w user.max_user_namespaces=15000";
  if (host.uid != 0 && facts.apparmor_restricts_userns.value_or(0) != 0)
    return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for "
           "evalx with \"userns,\"";
  if (host.uid != 0 && facts.unprivileged_userns_clone == 0U)
    return "sysctl -w kernel.unprivileged_userns_clone=1";
  if (facts.user_namespace == EINVAL) return "boot a kernel with CONFIG_USER_NS";
  return permission_fix(host);
}

Finding judge_user_namespace(const KernelFacts& facts, const HostFacts& host) {
  constexpr const char* kName = "user namespaces";
  if (facts.user_namespace != 0)
    return missing(kName, refused(facts.user_namespace),
                   "programs would run as users of this machine", user_namespace_fix(facts, host));
  const bool only_root =
      facts.unprivileged_userns_clone == 0U || facts.apparmor_restricts_userns.value_or(0) != 0;
  return good(kName, only_root ? "available to root only" : "available");
}

const char* loss_without_namespace(const std::string& kind) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kLosses{
      {{"pid", "programs would see and signal processes of this machine"},
       {"mount", "programs would see the files of this machine"},
       {"net", "programs would reach the network"},
       {"ipc", "programs would share memory and queues with this machine"},
       {"uts", "programs could see this machine's name"},
       {"cgroup", "programs would see their place among this machine's control groups"}}};
  for (const auto& [name, loss] : kLosses) {
    if (kind == name) return loss;
  }
  return "programs would not be isolated from this machine";
}

Finding judge_namespace(const KernelFacts::Namespace& fact, const KernelFacts& facts,
                        const HostFacts& host) {
  const std::string name = fact.kind + " namespaces";
  if (fact.tried == 0) return good(name, "available");
  const bool is_of_the_user_kind = fact.tried == facts.user_namespace;
  return missing(name, refused(fact.tried), loss_without_namespace(fact.kind),
                 is_of_the_user_kind    ? user_namespace_fix(facts, host)
                 : fact.tried == EINVAL ? "boot a kernel with CONFIG_NAMESPACES and its kinds"
                                        : permission_fix(host));
}

Finding judge_filter(const KernelFacts& facts) {
  constexpr const char* kLoss = "programs could make any system call";
  if (!facts.filter_kills)
    return missing("seccomp", "not available", kLoss, "boot a kernel with CONFIG_SECCOMP_FILTER");
  return good("seccomp", "available");
}

Finding judge_notification(const KernelFacts& facts) {
  if (facts.filter_notifies) return good("seccomp notification", "available");
  return missing("seccomp notification", "not available",
                 "a forbidden call would look like a crash, not like a security violation",
                 "install Linux 5.0 or newer");
}

Finding judge_no_new_privs(const KernelFacts& facts) {
  if (facts.no_new_privs == 0) return good("no_new_privs", "available");
  return missing("no_new_privs", refused(facts.no_new_privs),
                 "programs could gain rights through setuid files", "install Linux 3.5 or newer");
}

/// A system call that the native engine needs.
struct Call {
  const char* name;
  Tried tried;
  const char* loss;
  const char* since;
};

Finding judge_call(const Call& call, const HostFacts& host) {
  if (call.tried == 0) return good(call.name, "available");
  return missing(call.name, refused(call.tried), call.loss, fix_for(call.tried, call.since, host));
}

Finding judge_proc(const KernelFacts& facts, const HostFacts& host) {
  if (facts.proc_mount == 0) return good("own /proc", "available");
  return missing("own /proc", refused(facts.proc_mount),
                 "programs would see processes of this machine", permission_fix(host));
}

}  // namespace

std::string words_of(Tried error) {
  return std::error_code{error, std::system_category()}.message();
}

std::string container_rights() {
  return "--cap-add=SYS_ADMIN --security-opt apparmor=unconfined "
         "--security-opt seccomp=seccomp.json (evalX contains it: deploy/seccomp.json)";
}

std::string root_in_container() {
  return "start evalx as root in the container (docker run --user 0); evalx doctor then shows the "
         "options that the container lacks";
}

Findings judge_kernel(const KernelFacts& facts, const HostFacts& host) {
  Findings findings{judge_release(facts), judge_user_namespace(facts, host)};
  for (const KernelFacts::Namespace& kind : facts.namespaces)
    findings.push_back(judge_namespace(kind, facts, host));
  append(findings, {judge_filter(facts), judge_notification(facts), judge_no_new_privs(facts)});
  const std::array calls{
      Call{"pidfd", facts.pidfd, "a process could be confused with a later one of the same number",
           "5.3"},
      Call{"clone3", facts.clone3, "supervisors and programs cannot be started", "5.3"},
      Call{"clone into cgroup", facts.clone_into_cgroup,
           "programs cannot be started inside their control group of version 2", "5.7"},
      Call{"fsopen", facts.fsopen, "boxes cannot be made", "5.2"},
      Call{"open_tree", facts.open_tree, "programs cannot be given the tools of this machine",
           "5.2"},
      Call{"move_mount", facts.move_mount, "roots cannot be assembled", "5.2"},
      Call{"mount_setattr", facts.mount_setattr, "roots cannot be made read-only", "5.12"},
      Call{"O_TMPFILE", facts.tmpfile, "files cannot be placed into a box", "3.11"},
  };
  for (const Call& call : calls) findings.push_back(judge_call(call, host));
  findings.push_back(judge_proc(facts, host));
  return required(std::move(findings));
}

}  // namespace evalx::doctor
