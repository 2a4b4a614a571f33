#include "sandbox/isolate/isolate_sandbox.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <filesystem>

#include "base/log.hpp"
#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "sandbox/environment.hpp"
#include "sandbox/isolate/account.hpp"
#include "sandbox/isolate/boxes.hpp"
#include "sandbox/isolate/lookup.hpp"
#include "sandbox/isolate/meta.hpp"
#include "sandbox/isolate/private_folder.hpp"
#include "sandbox/isolate/process.hpp"
#include "sandbox/isolate/tool_weaknesses.hpp"
#include "sandbox/isolate/watched_output.hpp"
#include "sandbox/pack.hpp"
#include "sandbox/transfer.hpp"

namespace evalx::sandbox::isolate {
namespace {

using kernel::Fd;

/// The time that the tool may take in addition to the program's wall time before it is stopped.
constexpr Milliseconds kRunOverhead{10'000};

/// The running tool. Only the run owns it, so late callbacks find that it no longer exists.
struct Running {
  Process process;
  bool cancelled = false;
};

Result<> fill_box(int box, const PackFd& files, const std::optional<std::string>& take) {
  if (files) {
    EVALX_TRY_VOID(place_files(files->get(), box));
    EVALX_TRY_VOID(restore_modes(files->get(), box));
  }
  if (!take) return {};
  if (!is_safe_path(*take) || take->find('/') != std::string::npos)
    return fail(std::make_error_code(std::errc::invalid_argument), "make a directory", *take);
  if ((::mkdirat(box, take->c_str(), 0755) < 0 && errno != EEXIST) ||
      ::fchmodat(box, take->c_str(), 0755, 0) < 0)
    return fail(last_error(), "mkdir", *take);
  return {};
}

/// Descriptors 0, 1 and 2 of the program, inherited through the tool. Pipes count outputs
/// completely and limit them exactly; files in the box would not.
struct Stdio {
  Fd in;
  std::shared_ptr<WatchedOutput> out, err;
  std::array<int, 3> fds{};

  void finish(Evidence& evidence) {
    if (!out) return;
    evidence.out = out->finish();
    evidence.err = err->finish();
    evidence.output_over = out->over_limit() || err->over_limit();
  }
};

Result<Stdio> make_stdio(asio::io_context& loop, const RunSpec& spec) {
  Stdio stdio;
  if (spec.stdio) {
    stdio.fds = *spec.stdio;
    return stdio;
  }
  EVALX_TRY(stdio.in, spec.stdin_bytes.empty() ? kernel::open_at(AT_FDCWD, "/dev/null", O_RDONLY)
                                               : kernel::sealed_file("stdin", spec.stdin_bytes));
  EVALX_TRY(stdio.out, WatchedOutput::make(loop, spec.limits.output));
  EVALX_TRY(stdio.err, WatchedOutput::make(loop, spec.limits.output));
  stdio.fds = {stdio.in.get(), stdio.out->write_end(), stdio.err->write_end()};
  return stdio;
}

Result<std::shared_ptr<Running>> start_run(const Argv& command, Stdio& stdio) {
  EVALX_TRY(Process process, Process::start(command, stdio.fds));
  const auto running = std::make_shared<Running>(Running{std::move(process), false});
  for (const auto& pipe : {stdio.out, stdio.err}) {
    if (!pipe) continue;
    pipe->close_write_end();
    pipe->listen([weak = std::weak_ptr{running}] {
      if (const auto alive = weak.lock()) alive->process.stop();
    });
  }
  return running;
}

/// Returns an empty text if the tool wrote none: it was stopped early, or refused its options.
Result<std::string> read_meta(const std::string& path) {
  auto text = kernel::read_file(AT_FDCWD, path.c_str(), kMaxMetaBytes + 1);
  if (!text && text.error().code == std::errc::no_such_file_or_directory) return std::string{};
  return text;
}

void take(int box, const RunSpec& spec, Outcome& outcome) {
  if (!spec.take || outcome.cause != Cause::Exited || outcome.exit_code != 0) return;
  auto taken = take_files(box, spec.take->c_str(), spec.take_max);
  if (taken) {
    outcome.taken = std::make_shared<const Fd>(*std::move(taken));
  } else {
    outcome.take_problem = taken.error().what + ": " + taken.error().code.message();
  }
}

/// The error if the last box cannot be made. If the first one can, the tool has fewer boxes.
tl::unexpected<Error> refusal(const Tool& tool, const std::vector<BoxIds::Id>& ids,
                              const std::string& meta_path, Error error) {
  if (ids.size() == 1 || !try_out(tool, ids.front().number, meta_path))
    return tl::make_unexpected(std::move(error));
  const std::string last = std::to_string(ids.back().number);
  return fail(std::make_error_code(std::errc::result_out_of_range),
              "isolate has no box " + last + ":", error.what);
}

Outcome cancelled() {
  Outcome outcome;
  outcome.cause = Cause::Cancelled;
  return outcome;
}

}  // namespace

struct IsolateSandbox::State {
  asio::io_context& loop;
  Tool tool;
  PrivateFolder folder;
  std::shared_ptr<Boxes> boxes;
};

class IsolateSandbox::IsolateBox final : public Box {
 public:
  IsolateBox(std::shared_ptr<State> state, BoxSpec spec)
      : state_(std::move(state)), spec_(std::move(spec)) {}

  Task<Result<Outcome>> run(RunSpec spec) override;

 private:
  Task<Result<Outcome>> run_in(const Boxes::Lease& box, const RunSpec& spec);
  Task<Result<Evidence>> watch(Argv command, const std::string& meta_path, const RunSpec& spec);

  std::shared_ptr<State> state_;
  BoxSpec spec_;
};

Task<Result<Outcome>> IsolateSandbox::IsolateBox::run(RunSpec spec) {
  if (spec.argv.empty())
    co_return fail(std::make_error_code(std::errc::invalid_argument), "run: no program");
  complete_environment(spec.environment);
  EVALX_CO_TRY(Boxes::Lease box, co_await state_->boxes->make());
  Result<Outcome> outcome = co_await run_in(box, spec);
  co_await state_->boxes->remove(std::move(box));
  co_return outcome;
}

Task<Result<Outcome>> IsolateSandbox::IsolateBox::run_in(const Boxes::Lease& box,
                                                         const RunSpec& spec) {
  if (auto filled = fill_box(box.directory(), spec_.files, spec.take); !filled)
    co_return tl::make_unexpected(std::move(filled).error());
  const auto program =
      find_program(box.directory(), spec.argv[0], spec.environment, state_->tool.dirs);
  if (!program) co_return not_started(program.error());
  if (spec.stop.stop_requested()) co_return cancelled();
  const std::string meta_path =
      state_->folder.path() + "/" + std::to_string(box.number()) + ".meta";
  ::unlink(meta_path.c_str());  // The file of an earlier run must not be read as that of this one.
  Argv command = run_command(state_->tool, box.number(), spec.limits, meta_path, spec.environment,
                             *program, spec.argv);
  EVALX_CO_TRY(Evidence evidence, co_await watch(std::move(command), meta_path, spec));
  EVALX_CO_TRY(Outcome outcome, account(std::move(evidence), spec.limits));
  take(box.directory(), spec, outcome);
  co_return outcome;
}

Task<Result<Evidence>> IsolateSandbox::IsolateBox::watch(Argv command, const std::string& meta_path,
                                                         const RunSpec& spec) {
  asio::io_context& loop = state_->loop;
  EVALX_CO_TRY(Stdio stdio, make_stdio(loop, spec));
  EVALX_CO_TRY(const std::shared_ptr<Running> running, start_run(command, stdio));
  // The callback may run on any thread, and after the run.
  const std::stop_callback on_stop{spec.stop, [&loop, weak = std::weak_ptr{running}] {
                                     asio::post(loop, [weak] {
                                       const auto alive = weak.lock();
                                       if (!alive) return;
                                       alive->cancelled = true;
                                       alive->process.stop();
                                     });
                                   }};
  const auto patience = std::chrono::ceil<Milliseconds>(spec.limits.wall_time) + kRunOverhead;
  EVALX_CO_TRY(const kernel::ExitStatus status, co_await ended(loop, running->process, patience));
  Evidence evidence;
  evidence.tool = status;
  evidence.cancelled = running->cancelled;
  stdio.finish(evidence);
  EVALX_CO_TRY(evidence.meta, read_meta(meta_path));
  co_return evidence;
}

IsolateSandbox::IsolateSandbox(std::shared_ptr<State> state) : state_(std::move(state)) {}

IsolateSandbox::~IsolateSandbox() = default;

Result<std::unique_ptr<IsolateSandbox>> IsolateSandbox::start(asio::io_context& loop,
                                                              IsolateOptions options) {
  for (const std::string& path : options.dirs) {
    if (!is_bindable(path))
      return fail(std::make_error_code(std::errc::invalid_argument), "isolate: bind", path);
  }
  EVALX_TRY(const std::string words, invoke({options.tool, "--version"}));
  Tool tool{std::move(options.tool),
            {},
            options.cgroups != Cgroups::Off,
            std::move(options.dirs),
            std::filesystem::is_directory("/dev/shm")};
  EVALX_TRY(tool.version, parse_version(words));
  EVALX_TRY(PrivateFolder folder, PrivateFolder::make(options.state_dir));
  EVALX_TRY(auto ids, BoxIds::lock(options.state_dir, options.first_box, options.boxes));
  if (ids.empty())
    return fail(std::make_error_code(std::errc::invalid_argument), "isolate: no boxes");

  // The last one, because the tool's configuration limits their number.
  const unsigned box = ids.back().number;
  const std::string meta_path = folder.path() + "/start.meta";
  auto tried = try_out(tool, box, meta_path);
  if (!tried && options.cgroups == Cgroups::IfAvailable) {
    log::warning("isolate cannot use control groups", {{"error", tried.error().what}});
    tool.cgroups = false;
    tried = try_out(tool, box, meta_path);
  }
  if (!tried) return refusal(tool, ids, meta_path, std::move(tried).error());
  auto boxes = std::make_shared<Boxes>(loop, tool, std::move(ids));
  return std::unique_ptr<IsolateSandbox>{new IsolateSandbox{
      std::make_shared<State>(State{loop, std::move(tool), std::move(folder), std::move(boxes)})}};
}

Task<Result<std::unique_ptr<Box>>> IsolateSandbox::open(BoxSpec spec) {
  // Isolate filters few or no system calls, so it cannot keep a stricter profile than standard.
  if (spec.profile != SeccompProfile::Standard)
    co_return fail(std::make_error_code(std::errc::not_supported), "isolate has no seccomp profile",
                   to_string(spec.profile));
  const std::shared_ptr<State> state = state_;
  co_return std::make_unique<IsolateBox>(state, std::move(spec));
}

Sandbox::Counters IsolateSandbox::counters() const {
  Counters counters;
  counters.replaced[static_cast<std::size_t>(Replaced::NotCleaned)] = state_->boxes->not_cleaned();
  return counters;
}

Version IsolateSandbox::version() const {
  return state_->tool.version;
}

std::vector<Weakness> IsolateSandbox::weaknesses() const {
  return weaknesses_of(state_->tool);
}

bool IsolateSandbox::uses_cgroups() const {
  return state_->tool.cgroups;
}

}  // namespace evalx::sandbox::isolate
