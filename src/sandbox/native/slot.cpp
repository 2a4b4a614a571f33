#include "sandbox/native/slot.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "base/failpoint.hpp"
#include "kernel/file.hpp"
#include "kernel/raw_syscall.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/native/supervisor.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

Result<LastingNamespaces> own_namespaces() {
  LastingNamespaces own;
  EVALX_TRY(own.net, kernel::open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY));
  EVALX_TRY(own.ipc, kernel::open_at(AT_FDCWD, "/proc/self/ns/ipc", O_RDONLY));
  EVALX_TRY(own.uts, kernel::open_at(AT_FDCWD, "/proc/self/ns/uts", O_RDONLY));
  return own;
}

Result<> enter(const LastingNamespaces& namespaces) {
  if (::setns(namespaces.net.get(), CLONE_NEWNET) < 0) return fail(last_error(), "setns net");
  if (::setns(namespaces.ipc.get(), CLONE_NEWIPC) < 0) return fail(last_error(), "setns ipc");
  if (::setns(namespaces.uts.get(), CLONE_NEWUTS) < 0) return fail(last_error(), "setns uts");
  return {};
}

/// Inside, the supervisor is 0 and programs are 1000; no other id is mapped. If both share one id,
/// it is 1000, so that no exec gives a program the rights of a root user.
Result<> map_ids(pid_t pid, const SlotIds& ids) {
  std::string map = std::to_string(kProgramId) + " " + std::to_string(ids.programs) + " 1\n";
  if (!ids.shared()) map += "0 " + std::to_string(ids.supervisor) + " 1\n";
  const std::string process = "/proc/" + std::to_string(pid);
  EVALX_TRY_VOID(kernel::write_file(AT_FDCWD, (process + "/uid_map").c_str(), map));
  return kernel::write_file(AT_FDCWD, (process + "/gid_map").c_str(), map);
}

[[noreturn]] void supervisor_process(Fd gate, SupervisorOptions options) {
  char go = 0;
  // Wait until our ids are mapped. End of file: the launcher has given up.
  if (::read(gate.get(), &go, 1) != 1) ::_exit(1);
  gate = Fd{};
  supervise(std::move(options));
}

}  // namespace

Result<LastingNamespaces> make_lasting_namespaces() {
  EVALX_TRY(const LastingNamespaces own, own_namespaces());
  if (::unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0)
    return fail(last_error(), "unshare net, ipc, uts");
  constexpr std::string_view kHost = "evalx";
  if (::sethostname(kHost.data(), kHost.size()) < 0) return fail(last_error(), "sethostname");
  auto made = own_namespaces();
  EVALX_TRY_VOID(enter(own));
  return made;
}

Result<Slot> start_slot(kernel::CgroupTree& tree, const LastingNamespaces& namespaces,
                        const SlotOptions& options) {
  EVALX_TRY(std::unique_ptr<kernel::SlotGroup> group,
            tree.make_slot_group("slot-" + std::to_string(options.index), options.ids.supervisor));
  EVALX_TRY(auto sockets, kernel::seqpacket_pair());
  EVALX_TRY(auto gate, kernel::seqpacket_pair());

  EVALX_TRY(const LastingNamespaces own, own_namespaces());
  EVALX_TRY_VOID(enter(namespaces));
  // While a process is not dumpable, only the machine's root may write the id maps of its copy.
  ::prctl(PR_SET_DUMPABLE, 1);
  int pidfd = -1;
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);  // NOLINT: the kernel's form
  arguments.exit_signal = SIGCHLD;
  // As fork(2): the child continues in a copy of this memory.
  const long pid = kernel::raw_syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) {
    // Close the launcher's descriptors, except those of this slot.
    std::vector<int> kept = group->descriptors();
    kept.insert(kept.end(), {gate.second.get(), sockets.second.get()});
    kernel::close_all_but(std::move(kept));
    supervisor_process(std::move(gate.second),
                       {std::move(sockets.second), group.get(), *options.root_paths, options.filter,
                        options.ids.shared(), options.cpu});
  }
  failpoint("helper.after_clone");
  EVALX_TRY_VOID(enter(own));
  if (pid < 0) return fail(code_of(pid), "clone a supervisor");
  kernel::Child supervisor{Fd{pidfd}};
  gate.second = Fd{};
  const auto mapped = map_ids(static_cast<pid_t>(pid), options.ids);
  ::prctl(PR_SET_DUMPABLE, 0);
  EVALX_TRY_VOID(mapped);
  EVALX_TRY_VOID(kernel::write_all(gate.first.get(), "g"));
  return Slot{std::move(group), std::move(supervisor), std::move(sockets.first)};
}

}  // namespace evalx::sandbox::native
