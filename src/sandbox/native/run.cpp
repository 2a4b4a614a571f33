#include "sandbox/native/run.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "kernel/file.hpp"
#include "sandbox/c_list.hpp"
#include "sandbox/environment.hpp"
#include "sandbox/native/capture.hpp"
#include "sandbox/native/child.hpp"
#include "sandbox/native/ids.hpp"
#include "sandbox/native/watch.hpp"
#include "sandbox/sandbox.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;
using std::chrono::nanoseconds;

/// For search_program(), which does not ask about a name with a slash: execve(2) judges that.
int refusal_of(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

/// If the group holds no limits: limits for each process, not for all together.
void set_limits_of_each(ChildPlan& plan, const submission::Limits& limits, unsigned others) {
  const auto add = [&](int resource, std::uint64_t value) {
    plan.limits[plan.limit_count++] = {resource, {value, value}};
  };
  // Not RLIMIT_AS: runtimes reserve far more than they use. This counts writable memory only.
  add(RLIMIT_DATA, limits.memory.count);
  // Counted per user and user namespace (Linux >= 5.14), and so per slot.
  add(RLIMIT_NPROC, limits.processes + others);
  // A second bound behind our own checks, which are finer and count all processes.
  add(RLIMIT_CPU, static_cast<std::uint64_t>(limits.cpu_time.count()) / 1'000'000 + 2);
}

void set_limits(ChildPlan& plan, const submission::Limits& limits) {
  // A new limit does not compile until it is in this list. It must then be enforced: here, or
  // elsewhere in this file, as CPU time, wall time, memory, output and processes are.
  const auto& [cpu_time, wall_time, memory, stack, output, file_size, processes, open_files] =
      limits;
  const auto add = [&](int resource, std::uint64_t value) {
    plan.limits[plan.limit_count++] = {resource, {value, value}};
  };
  add(RLIMIT_STACK, stack.value_or(memory).count);
  add(RLIMIT_FSIZE, file_size.count);
  add(RLIMIT_NOFILE, open_files);
}

/// Descriptor 0 of the program: a file, so that the program can map it and seek in it. Opened for
/// every run, even /dev/null, because flags, owner and locks of an open file would be visible to
/// the next run.
Result<Fd> stdin_of(const Run& request) {
  if (request.stdin_bytes.empty()) return kernel::open_at(AT_FDCWD, "/dev/null", O_RDONLY);
  Fd file{::memfd_create("stdin", MFD_CLOEXEC)};
  if (!file) return fail(last_error(), "memfd_create");
  EVALX_TRY_VOID(kernel::write_all(file.get(), request.stdin_bytes));
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return fail(last_error(), "lseek");
  return file;
}

/// The cause according to our kills, the records of the kernel and the limits; nullopt if they
/// leave it to how the program ended. The order is that of the verdicts: output, memory, CPU, wall.
/// `wall`: without the time that others took.
std::optional<Cause> recorded_cause(const Run& request, const kernel::GroupUsage& usage,
                                    const Watch& watch, bool output_over, Microseconds wall,
                                    bool ended) {
  const std::optional<Cause> killed = watch.killed_for();
  if (killed == Cause::Forbidden || killed == Cause::Cancelled) return killed;
  if (output_over || killed == Cause::Output) return Cause::Output;
  if (usage.memory_limit_hit || killed == Cause::Memory) return Cause::Memory;
  if (usage.cpu_user + usage.cpu_system >= request.limits.cpu_time || killed == Cause::CpuTime)
    return Cause::CpuTime;
  if (wall >= request.limits.wall_time) return Cause::WallTime;
  // The program had ended in time before our kill for the wall clock.
  return ended ? std::nullopt : killed;
}

/// The evidence that others took from the run what its limits allow; empty: none.
std::string_view disturbance_of(const kernel::GroupUsage& usage, const Watch& watch,
                                std::optional<Cause> cause) {
  if (usage.was_robbed_of_memory)
    return "the machine or an enclosing control group had no memory left, and the kernel killed a "
           "process of the run within its limit";
  if (usage.was_robbed_of_processes)
    return "the machine or an enclosing control group refused a new process within the limit of "
           "the run";
  if (cause == Cause::WallTime && watch.lost_much())
    return "the run lost much of its wall time to others: to a CPU quota or a memory limit around "
           "evalX, to other processes of the machine, or while it was frozen";
  return {};
}

/// For a run without a group that counts memory. The kernel's value includes the time before the
/// exec, when a child has our own memory: only a larger value belongs to the program. Returns 0
/// (unknown) for a smaller one.
Bytes peak_of_the_largest(const ChildPlan& plan) {
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  if (plan.most_resident_kb <= own.ru_maxrss) return {};
  return kibibytes(static_cast<std::uint64_t>(plan.most_resident_kb));
}

RunEnd not_started(int error) {
  RunEnd end;
  end.ran.cause = static_cast<std::uint32_t>(Cause::NotStarted);
  end.ran.start_error = error;
  return end;
}

/// A run that has not come as far as its exec. Only a cancellation, and a memory limit in which it
/// cannot even start, are no fault of ours.
Result<> check_started(const ChildPlan& plan, const Watch& watch, std::optional<Cause> cause) {
  if (plan.started_ns != 0 || cause == Cause::Cancelled || cause == Cause::Memory) return {};
  const auto why = watch.was_not_started() ? std::errc::timed_out : std::errc::owner_dead;
  return fail(std::make_error_code(why), "start the program");
}

Result<RunEnd> account(const RunContext& context, const Run& request, const ChildPlan& plan,
                       Watch& watch, Capture* out, Capture* err) {
  if (plan.failed == Step::Execve) return not_started(plan.error);
  if (plan.failed != Step::None)
    return fail({plan.error, std::system_category()}, to_string(plan.failed), request.argv[0]);
  EVALX_TRY(const kernel::GroupUsage usage, context.group->usage());
  RunEnd end;
  Ran& ran = end.ran;
  const bool ended = __atomic_load_n(&plan.ended, __ATOMIC_ACQUIRE);
  const std::int64_t ended_ns = ended ? plan.ended_ns : Instant::clock::now().time_since_epoch().count();
  const auto passed = std::chrono::duration_cast<Microseconds>(
      nanoseconds{std::max(ended_ns - plan.started_ns, std::int64_t{0})});
  if (ended) watch.grant_at_end(passed);
  const Microseconds wall = std::max(passed - watch.granted(), Microseconds{});
  const bool output_over = (out && out->over_limit()) || (err && err->over_limit());
  const auto cause = recorded_cause(request, usage, watch, output_over, wall, ended);
  EVALX_TRY_VOID(check_started(plan, watch, cause));
  if (!cause && !ended)
    return fail(std::make_error_code(std::errc::owner_dead), "watch the run: its init was killed");
  if (ended && WIFEXITED(plan.status)) ran.exit_code = WEXITSTATUS(plan.status);
  if (ended && WIFSIGNALED(plan.status)) ran.signal = WTERMSIG(plan.status);
  ran.cause =
      static_cast<std::uint32_t>(cause.value_or(ran.signal != 0 ? Cause::Signaled : Cause::Exited));
  ran.wall_us = static_cast<std::uint64_t>(wall.count());
  ran.cpu_user_us = static_cast<std::uint64_t>(usage.cpu_user.count());
  ran.cpu_system_us = static_cast<std::uint64_t>(usage.cpu_system.count());
  ran.memory_peak_bytes = usage.memory_peak.count;
  if (ran.memory_peak_bytes == 0) ran.memory_peak_bytes = peak_of_the_largest(plan).count;
  end.memory_left = usage.memory_now;
  ran.process_limit_hit = usage.process_limit_hit;
  // A group that was full may keep state that would affect a later run. Our own kill at the first
  // sign of it can come before the OOM killer has counted a victim.
  ran.disturbance = disturbance_of(usage, watch, cause);
  ran.slot_spent = cause == Cause::Memory || usage.process_limit_hit || !ran.disturbance.empty();
  if (out) {
    ran.out_total = out->total();
    ran.out = out->take_head();
    end.out_file = out->take_file();
  }
  if (err) {
    ran.err_total = err->total();
    ran.err = err->take_head();
    end.err_file = err->take_file();
  }
  return end;
}

}  // namespace

Result<std::optional<RunEnd>> run_program(const RunContext& context, const Run& request,
                                          std::span<const Fd> run_fds) {
  const auto path = search_program(request.argv.at(0), request.environment, refusal_of);
  if (!path) return not_started(path.error().value());
  const std::vector<char*> argv = c_list(request.argv);
  const std::vector<char*> environment = c_list(request.environment);
  std::vector<char*> hidden_files, hidden_directories;
  if (request.own_proc) {
    hidden_files = c_list(context.covers->files);
    hidden_directories = c_list(context.covers->directories);
  }
  ChildPlan plan;
  plan.hidden_files = hidden_files.data();
  plan.hidden_directories = hidden_directories.data();
  plan.key = context.key;
  plan.own_proc = request.own_proc;
  plan.uid = plan.gid = kProgramId;
  plan.path = path->c_str();
  plan.argv = argv.data();
  plan.environment = environment.data();
  set_limits(plan, request.limits);
  if (!context.group->holds_limits()) {
    constexpr unsigned kSupervisorAndInit = 2;
    set_limits_of_each(plan, request.limits, context.shared_id ? kSupervisorAndInit : 0);
  }

  EVALX_TRY_VOID(context.group->begin({request.limits.memory, request.limits.processes}));
  plan.clone_into_fd = context.group->clone_into_fd();
  const auto join = context.group->join_fds();
  std::copy(join.begin(), join.end(), plan.join_fds.begin());

  Fd stdin_file;
  std::optional<Capture> out, err;
  if (request.has_stdio) {
    for (std::size_t i = 0; i < 3; ++i) plan.stdio[i] = run_fds[i].get();
  } else {
    EVALX_TRY(out, Capture::make(request.limits.output.count));
    EVALX_TRY(err, Capture::make(request.limits.output.count));
    plan.stdio = {-1, out->write_end(), err->write_end()};
    if (request.has_stdin_file) {
      plan.stdio[0] = run_fds[0].get();
    } else {
      EVALX_TRY(stdin_file, stdin_of(request));
      plan.stdio[0] = stdin_file.get();
    }
  }

  int pidfd = -1;
  if (const long init = start_init(plan, pidfd); init < 0)
    return fail(code_of(init), "clone the init");
  Capture* out_side = out ? &*out : nullptr;
  Capture* err_side = err ? &*err : nullptr;
  Watch watch{context, request, plan, Fd{pidfd}, out_side, err_side};
  EVALX_TRY(const bool dead, watch.until_dead_or_late());
  auto end = account(context, request, plan, watch, out_side, err_side);
  if (dead) return end;
  if (end) end->ran.dying = end->ran.slot_spent = true;
  context.answer_early(std::move(end));
  // The plan must outlive the init.
  EVALX_TRY_VOID(watch.until_dead());
  return std::nullopt;
}

}  // namespace evalx::sandbox::native
