#include "sandbox/native/supervisor.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/failpoint.hpp"
#include "kernel/capability.hpp"
#include "kernel/file.hpp"
#include "sandbox/native/leftovers.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/root.hpp"
#include "sandbox/native/run.hpp"
#include "sandbox/native/scratch.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/transfer.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

/// If at least this much memory stays charged to the run group after a run, it is reclaimed.
constexpr Bytes kReclaimFrom = mebibytes(4);

/// A lower limit that was inherited stays: only a process with CAP_SYS_RESOURCE could raise it.
Result<> set_limit(int resource, rlim_t value) {
  const auto id = static_cast<__rlimit_resource>(resource);
  rlimit limit{};
  if (::getrlimit(id, &limit) < 0) return fail(last_error(), "getrlimit");
  limit = {std::min(value, limit.rlim_max), std::min(value, limit.rlim_max)};
  if (::setrlimit(id, &limit) < 0) return fail(last_error(), "setrlimit");
  return {};
}

/// Limits that are the same for every run, which inherits them.
Result<> set_common_limits() {
  // 1, not 0: only with 1 the kernel does not even start a core_pattern pipe (coredump.c).
  EVALX_TRY_VOID(set_limit(RLIMIT_CORE, 1));
  EVALX_TRY_VOID(set_limit(RLIMIT_MSGQUEUE, 0));
  EVALX_TRY_VOID(set_limit(RLIMIT_SIGPENDING, 1024));
  return set_limit(RLIMIT_MEMLOCK, mebibytes(8).count);
}

Result<> become_root_of_the_namespace(bool shared_id) {
  if (shared_id) {
    // There is no root here: our rights come from being the first process of the namespace. Since
    // we do not change our ids, hiding from programs has to be requested.
    if (::prctl(PR_SET_DUMPABLE, 0) < 0) return fail(last_error(), "PR_SET_DUMPABLE");
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return fail(last_error(), "PDEATHSIG");
    return {};
  }
  if (::setgroups(0, nullptr) < 0) return fail(last_error(), "setgroups");
  if (::setresgid(0, 0, 0) < 0) return fail(last_error(), "setresgid");
  if (::setresuid(0, 0, 0) < 0) return fail(last_error(), "setresuid");
  // After the ids, because changing them clears it. If the launcher is killed, this slot is, too.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return fail(last_error(), "PDEATHSIG");
  return {};
}

Result<Fd> late() {
  return fail(std::make_error_code(std::errc::timed_out), "wait for the program's last process");
}

/// Valid only in the slot's own namespaces. A program gets none of them by its exec.
constexpr std::array kSupervisorCapabilities{
    CAP_DAC_READ_SEARCH,  // taking files that a program made unreadable
    CAP_SETGID,           // a program's group
    CAP_SETUID,           // a program's user
    CAP_SYS_ADMIN,        // fresh boxes, a run's pid namespace and its /proc
    CAP_SYS_CHROOT,       // fresh boxes: setns(2) to a mount namespace needs it
};

class Supervisor {
 public:
  explicit Supervisor(SupervisorOptions options) : options_(std::move(options)) {}

  Result<> set_up();
  void serve();
  void reply(const Message& message, std::span<const int> fds = {}) {
    if (!send(options_.control.get(), message, fds, key_)) end();
  }
  [[noreturn]] void end() { ::_exit(left_something_ ? kLeftSomething : 0); }

 private:
  Result<> keep_needed_capabilities();
  Result<> prepare_box(const Run& request, const std::vector<Fd>& fds);
  Result<> run(const Run& request, std::vector<Fd> fds);
  Result<> answer(const Run& request, RunEnd end);
  void answer_early(const Run& request, Result<RunEnd> end);

  SupervisorOptions options_;
  MessageBuffer buffer_;
  std::uint64_t key_ = 0;
  Fd trap_listener_;
  ProcCovers covers_;
  std::optional<Leftovers> leftovers_;
  std::optional<Scratch> scratch_;
  BoxSize box_asked_;       ///< By the last request, without its files.
  BoxSize box_size_;        ///< With them.
  unsigned cpus_ = 1;       // Read once: sysconf reads /proc/stat, which takes longer than a run.
  bool box_fresh_ = false;  ///< Renewed, and not used since.
  bool left_something_ = false;
};

Result<> Supervisor::set_up() {
  ::prctl(PR_SET_NAME, "evalx-slot");  // For lists of processes.
  EVALX_TRY_VOID(options_.group->enter_namespace_root());
  if (::unshare(CLONE_NEWCGROUP) < 0) return fail(last_error(), "unshare cgroup");
  EVALX_TRY_VOID(options_.group->enter_as_supervisor());
  EVALX_TRY_VOID(become_root_of_the_namespace(options_.shared_id));
  ::umask(022);
  if (options_.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(options_.cpu), &set);
    // A CPU that was taken offline, or that this evalX may not use, is no reason to stop.
    if (::sched_setaffinity(0, sizeof set, &set) < 0) options_.cpu = -1;
  }
  cpus_ = static_cast<unsigned>(std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L));
  EVALX_TRY(Root root, build_root(options_.root_paths));
  covers_ = std::move(root.covers);
  EVALX_TRY(leftovers_, Leftovers::watch(std::move(root.last_pid)));
  if (::getrandom(&key_, sizeof key_, 0) != sizeof key_) return fail(last_error(), "getrandom");
  EVALX_TRY(scratch_, Scratch::make(key_));
  EVALX_TRY_VOID(set_common_limits());
  EVALX_TRY_VOID(keep_needed_capabilities());
  EVALX_TRY(trap_listener_, kernel::install_filter(options_.filter->with_key(key_)));
  // From here on we can make only the system calls of the policy, and the keyed ones.
  return {};
}

Result<> Supervisor::keep_needed_capabilities() {
  std::vector<int> needed{kSupervisorCapabilities.begin(), kSupervisorCapabilities.end()};
  // Without a cgroup, for reading processes in /proc, which hides them (hidepid).
  if (!options_.group->run_group().holds_limits()) needed.push_back(CAP_SYS_PTRACE);
  return kernel::keep_only_capabilities(needed);
}

Result<> Supervisor::prepare_box(const Run& request, const std::vector<Fd>& fds) {
  const BoxSize asked{Bytes{request.box_bytes}, request.box_inodes};
  if (request.fresh || !scratch_->exists() || asked != box_asked_) {
    BoxSize size = asked;
    if (request.has_files) {
      EVALX_TRY(size, with_room_for(asked, fds.at(0).get()));
    }
    if (!box_fresh_ || size != box_size_) {
      const auto renewed = scratch_->renew(size.bytes, size.inodes);
      if (!renewed) return fail(renewed.error().code, kRenewStep, renewed.error().what);
    }
    box_asked_ = asked;
    box_size_ = size;
    box_fresh_ = false;
    if (request.has_files) EVALX_TRY_VOID(scratch_->place(fds.at(0).get()));
  } else if (request.take.empty()) {
    return {};
  }
  if (!request.take.empty()) EVALX_TRY_VOID(scratch_->make_writable(request.take));
  scratch_->note_baseline();
  return {};
}

Result<> Supervisor::run(const Run& request, std::vector<Fd> fds) {
  if (request.argv.empty())
    return fail(std::make_error_code(std::errc::bad_message), "run: malformed request");
  if (const auto error = failpoint_error("helper.before_exec")) return fail(error, "run");
  EVALX_TRY_VOID(prepare_box(request, fds));
  const RunContext context{key_,
                           &options_.group->run_group(),
                           options_.control.get(),
                           trap_listener_.get(),
                           cpus_,
                           options_.cpu,
                           options_.shared_id,
                           &covers_,
                           [&](Result<RunEnd> end) { answer_early(request, std::move(end)); }};
  const auto run_fds = std::span{fds}.subspan(request.has_files ? 1 : 0);
  EVALX_TRY(std::optional<RunEnd> end, run_program(context, request, run_fds));
  failpoint("helper.before_answer");
  EVALX_TRY(const bool cleared, leftovers_->clear());
  left_something_ = !cleared;
  if (!end) this->end();
  if (left_something_) end->ran.slot_spent = true;
  return answer(request, *std::move(end));
}

/// The slot serves no other run: it ends when the last process of this one is dead.
void Supervisor::answer_early(const Run& request, Result<RunEnd> end) {
  left_something_ = true;  // Until all are dead.
  if (!end) {
    reply(Failed{end.error().what, end.error().code.value()});
  } else if (const auto answered = answer(request, *std::move(end)); !answered) {
    reply(Failed{answered.error().what, answered.error().code.value()});
  }
}

Result<> Supervisor::answer(const Run& request, RunEnd end) {
  Fd taken;
  const bool exited_well =
      static_cast<Cause>(end.ran.cause) == Cause::Exited && end.ran.exit_code == 0;
  if (!request.take.empty() && exited_well) {
    // Processes that are alive could change the files while they are read.
    auto packed = end.ran.dying ? late() : scratch_->take(request.take, Bytes{request.take_bytes});
    if (packed) {
      taken = *std::move(packed);
    } else {
      end.ran.take_problem = packed.error().what + ": " + packed.error().code.message();
    }
  }
  // A program that owns the files of its box may have changed them.
  end.ran.box_clean = !end.ran.slot_spent && scratch_->is_clean() && !options_.shared_id;
  std::vector<int> fds;
  const auto attach = [&fds](const Fd& fd) {
    if (fd) fds.push_back(fd.get());
    return static_cast<bool>(fd);
  };
  end.ran.has_out_file = attach(end.out_file);
  end.ran.has_err_file = attach(end.err_file);
  end.ran.has_taken = attach(taken);
  reply(end.ran, fds);
  // After the answer, so that neither this run nor the next one waits for it.
  if (end.memory_left > kReclaimFrom) options_.group->run_group().reclaim();
  return {};
}

void Supervisor::serve() {
  while (true) {
    auto incoming = receive(options_.control.get(), buffer_, 0, key_);
    if (!incoming) end();  // The worker is gone, or sent a malformed message.
    if (const auto* request = std::get_if<Run>(&incoming->message)) {
      if (const auto done = run(*request, std::move(incoming->fds)); !done)
        reply(Failed{done.error().what, done.error().code.value()});
    } else if (std::holds_alternative<Recycle>(incoming->message)) {
      if (!box_fresh_ && scratch_->exists())
        box_fresh_ = scratch_->renew(box_size_.bytes, box_size_.inodes).has_value();
    }
    // A Kill that comes after the run has no effect.
  }
}

}  // namespace

void supervise(SupervisorOptions options) {
  Supervisor supervisor{std::move(options)};
  if (const auto ready = supervisor.set_up(); !ready) {
    supervisor.reply(Failed{ready.error().what, ready.error().code.value()});
    ::_exit(1);
  }
  supervisor.reply(Ready{});
  supervisor.serve();
  ::_exit(0);
}

}  // namespace evalx::sandbox::native
