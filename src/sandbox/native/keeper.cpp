#include "sandbox/native/keeper.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "kernel/capability.hpp"
#include "kernel/child.hpp"
#include "kernel/file.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/c_list.hpp"
#include "sandbox/native/launcher.hpp"

extern "C" {  // glibc 2.36 declares these without __BEGIN_DECLS.
#include <sys/pidfd.h>
}

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

/// Processes of a killed launcher can take seconds to die on a busy machine.
constexpr std::chrono::seconds kLastDeaths{60};
constexpr timespec kEmptyPause{.tv_sec = 0, .tv_nsec = 5'000'000};

std::string map_of(unsigned launcher, unsigned first, unsigned count) {
  if (count == 0) return std::to_string(kProgramId) + " " + std::to_string(launcher) + " 1\n";
  return "0 " + std::to_string(launcher) + " 1\n1 " + std::to_string(first) + " " +
         std::to_string(count) + "\n";
}

Result<> write_maps(const std::string& process, const IdPlan& ids) {
  // Leaving a group could give access to files. Without CAP_SETGID the kernel demands this first.
  if (ids.source == IdPlan::Source::Own)
    EVALX_TRY_VOID(kernel::write_file(AT_FDCWD, (process + "/setgroups").c_str(), "deny"));
  EVALX_TRY_VOID(kernel::write_file(AT_FDCWD, (process + "/uid_map").c_str(),
                                    map_of(ids.uid, ids.first_uid, ids.count)));
  return kernel::write_file(AT_FDCWD, (process + "/gid_map").c_str(),
                            map_of(ids.gid, ids.first_gid, ids.count));
}

/// By newuidmap(1) or newgidmap(1), setuid tools of the system, which check /etc/subuid.
Result<> map_by_tool(const char* tool, pid_t pid, unsigned own, unsigned first, unsigned count) {
  const std::array<std::string, 8> words{tool,
                                         std::to_string(pid),
                                         "0",
                                         std::to_string(own),
                                         "1",
                                         "1",
                                         std::to_string(first),
                                         std::to_string(count)};
  const std::vector<char*> argv = c_list(words);
  char* environment[] = {nullptr};
  pid_t child = 0;
  if (const int error = ::posix_spawn(&child, tool, nullptr, nullptr, argv.data(), environment);
      error != 0)
    return fail({error, std::system_category()}, "start", tool);
  int status = 0;
  if (::waitpid(child, &status, 0) < 0) return fail(last_error(), "waitpid");
  if (status != 0)
    return fail(std::make_error_code(std::errc::operation_not_permitted), "map ids by", tool);
  return {};
}

Result<> map_launcher(pid_t pid, const IdPlan& ids) {
  const std::string process = "/proc/" + std::to_string(pid);
  switch (ids.source) {
    case IdPlan::Source::Root: {
      // As the owner of the namespace, which has all rights in it: CAP_SYS_ADMIN is not needed.
      EVALX_TRY(const auto owner, kernel::EffectiveUser::become(ids.uid));
      EVALX_TRY_VOID(kernel::raise_capabilities(std::array{CAP_SETUID, CAP_SETGID}));
      return write_maps(process, ids);
    }
    case IdPlan::Source::Subordinate:
      EVALX_TRY_VOID(map_by_tool("/usr/bin/newuidmap", pid, ids.uid, ids.first_uid, ids.count));
      return map_by_tool("/usr/bin/newgidmap", pid, ids.gid, ids.first_gid, ids.count);
    case IdPlan::Source::Own:
      return write_maps(process, ids);
  }
  return {};
}

[[noreturn]] void keep(Fd gate, const Fd& launcher, pid_t pid, const IdPlan& ids,
                       std::unique_ptr<kernel::CgroupTree> tree) {
  ::prctl(PR_SET_NAME, "evalx-keeper");  // For lists of processes.
  ::close(kLauncherSocket);
  char word = 0;
  int answer = 0;
  if (::read(gate.get(), &word, 1) == 1) {
    if (const auto mapped = map_launcher(pid, ids); !mapped) answer = mapped.error().code.value();
    [[maybe_unused]] const ssize_t written = ::write(gate.get(), &answer, sizeof answer);
  }
  gate = Fd{};
  // From here on we can only remove what we made. The top directory of a hierarchy has mode 0555:
  // writing it takes this capability, even for its owner.
  std::vector<int> needed;
  if (kernel::has_capability(CAP_DAC_OVERRIDE)) needed.push_back(CAP_DAC_OVERRIDE);
  if (!kernel::lock_securebits() || !kernel::keep_only_capabilities(needed)) ::_exit(1);
  pollfd end{launcher.get(), POLLIN, 0};
  while (::poll(&end, 1, -1) < 0) {
  }
  // A launcher that was killed leaves the groups of its slots. Their supervisors die a little
  // later.
  const auto deadline = std::chrono::steady_clock::now() + kLastDeaths;
  while (!tree->remove_slot_groups() && std::chrono::steady_clock::now() < deadline)
    ::nanosleep(&kEmptyPause, nullptr);  // v1 has no event for a group that became empty.
  tree.reset();
  ::_exit(0);
}

}  // namespace

Result<Keeper> Keeper::start(const IdPlan& ids, std::unique_ptr<kernel::CgroupTree>& tree) {
  EVALX_TRY(auto gate, kernel::seqpacket_pair());
  const pid_t launcher = ::getpid();
  const Fd self{::pidfd_open(launcher, 0)};
  if (!self) return fail(last_error(), "pidfd_open");
  const pid_t pid = ::fork();
  if (pid < 0) return fail(last_error(), "fork the keeper");
  if (pid == 0) {
    gate.first = Fd{};
    keep(std::move(gate.second), self, launcher, ids, std::move(tree));
  }
  return Keeper{std::move(gate.first)};
}

Result<> Keeper::map_ids() {
  int answer = 0;
  EVALX_TRY_VOID(kernel::write_all(gate_.get(), "m"));
  if (::read(gate_.get(), &answer, sizeof answer) != sizeof answer)
    return fail(std::make_error_code(std::errc::owner_dead), "map the launcher's ids");
  if (answer != 0) return fail({answer, std::system_category()}, "map the launcher's ids");
  return {};
}

}  // namespace evalx::sandbox::native
