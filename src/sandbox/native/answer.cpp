#include "sandbox/native/answer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "sandbox/environment.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

auto malformed_answer() {
  return fail(std::make_error_code(std::errc::bad_message), "run: malformed answer");
}

/// Does not trust the supervisor: refuses more than `most`.
Result<std::string> read_output(const Fd& file, Bytes most) {
  struct stat status {};
  if (::fstat(file.get(), &status) < 0) return fail(last_error(), "fstat the output");
  if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) > most.count)
    return malformed_answer();
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  EVALX_TRY_VOID(kernel::read_at(file.get(), 0, std::as_writable_bytes(std::span{text})));
  return text;
}

}  // namespace

Run request_of(const BoxSpec& box, RunSpec& spec) {
  Run run;
  run.own_proc = spec.proc == Proc::Own;
  run.limits = spec.limits;
  run.box_bytes = box.size.count;
  run.box_inodes = box.inodes;
  run.take = spec.take.value_or("");
  run.take_bytes = spec.take_max.count;
  run.argv = std::move(spec.argv);
  run.environment = std::move(spec.environment);
  complete_environment(run.environment);
  return run;
}

Result<Outcome> outcome_of(Ran ran, std::vector<Fd> fds, Bytes most_output) {
  if (ran.cause > static_cast<std::uint32_t>(Cause::NotStarted)) return malformed_answer();
  std::size_t next = 0;
  if (ran.has_out_file) {
    EVALX_TRY(ran.out, read_output(fds[next++], most_output));
  }
  if (ran.has_err_file) {
    EVALX_TRY(ran.err, read_output(fds[next++], most_output));
  }
  if (ran.out.size() > most_output.count || ran.err.size() > most_output.count)
    return malformed_answer();
  Outcome outcome;
  outcome.cause = static_cast<Cause>(ran.cause);
  outcome.exit_code = ran.exit_code;
  outcome.signal = ran.signal;
  if (outcome.cause == Cause::NotStarted)
    outcome.start_error = {ran.start_error, std::system_category()};
  outcome.cpu_user = Microseconds{ran.cpu_user_us};
  outcome.cpu_system = Microseconds{ran.cpu_system_us};
  outcome.wall = Microseconds{ran.wall_us};
  outcome.memory_peak = Bytes{ran.memory_peak_bytes};
  outcome.out = {std::move(ran.out), ran.out_total};
  outcome.err = {std::move(ran.err), ran.err_total};
  outcome.process_limit_hit = ran.process_limit_hit;
  if (ran.has_taken && !kernel::is_sealed(fds[next])) return malformed_answer();
  if (ran.has_taken) outcome.taken = std::make_shared<const Fd>(std::move(fds[next]));
  outcome.take_problem = std::move(ran.take_problem);
  outcome.disturbance = std::move(ran.disturbance);
  return outcome;
}

}  // namespace evalx::sandbox::native
