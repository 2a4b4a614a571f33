#include "judge/compiler.hpp"

#include <boost/asio/this_coro.hpp>
#include <map>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "base/wakeup.hpp"
#include "judge/errc.hpp"
#include "judge/execution.hpp"
#include "judge/kept_report.hpp"
#include "judge/verdict.hpp"

namespace evalx::judge {
namespace {

using sandbox::Cause;
using sandbox::Outcome;

/// A compilation that has not ended, and the callers that wait for its result.
struct Pending {
  std::vector<Wakeup> waiting;
  std::optional<Result<Compiled>> result;  ///< Still nullopt at the end: its caller was stopped.
};
using PendingByKey = std::map<Digest, std::shared_ptr<Pending>>;

/// Makes a compilation known as pending. Held by the coroutine that compiles: however that ends,
/// the destructor removes the entry and wakes all callers that wait for it.
class PendingEntry {
 public:
  PendingEntry(std::shared_ptr<PendingByKey> all, const Digest& key)
      : all_(std::move(all)), key_(key), pending_(std::make_shared<Pending>()) {
    all_->emplace(key_, pending_);
  }
  PendingEntry(const PendingEntry&) = delete;
  PendingEntry& operator=(const PendingEntry&) = delete;
  ~PendingEntry() {
    all_->erase(key_);
    for (Wakeup& waiter : pending_->waiting) waiter.set();
  }
  void set_result(const Result<Compiled>& result) { pending_->result = result; }

 private:
  std::shared_ptr<PendingByKey> all_;
  Digest key_;
  std::shared_ptr<Pending> pending_;
};

/// A claim lasts for the wall time limit of the compiler plus this. Other processes wait that long.
constexpr Milliseconds kClaimSlack{15'000};
/// After losing the claim in all tries but the last, the last try compiles without one.
constexpr unsigned kClaimTries = 3;

Milliseconds claim_bound(const submission::Limits& limits) {
  return std::chrono::ceil<Milliseconds>(limits.wall_time) + kClaimSlack;
}

auto cancelled() {
  return fail(std::make_error_code(std::errc::operation_canceled), "compile");
}

/// At least the size of shorten()'s marker, whatever its number is.
constexpr std::size_t kMarkerSize = 64;

std::string mebibytes_of(Bytes bytes) {
  return std::to_string(bytes.mib()) + " MiB";
}

std::string seconds_of(Microseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

/// Why the compiler was killed; empty if it ended by itself and its own output says why.
std::string limit_words(const Outcome& outcome, const submission::Limits& limits) {
  switch (outcome.cause) {
    case Cause::CpuTime:
      return "over its limit of CPU time, " + seconds_of(limits.cpu_time);
    case Cause::WallTime:
      return "over its limit of time, " + seconds_of(limits.wall_time);
    case Cause::Memory:
      return "over its memory limit, " + mebibytes_of(limits.memory);
    case Cause::Output:
      return "over its output limit, " + mebibytes_of(limits.output);
    case Cause::Forbidden:
      return "at a forbidden system call";
    case Cause::Signaled:
      return "by signal " + std::to_string(outcome.signal);
    case Cause::Exited:
    case Cause::Cancelled:
    case Cause::NotStarted:
      break;
  }
  return {};
}

/// Keeps the beginning and the end: the first errors and the summary. With its marker a shortened
/// output has at most kMaxCompilerWords bytes, always fewer than before.
submission::Output shorten(std::string words, std::uint64_t total_bytes) {
  if (words.size() > kMaxCompilerWords) {
    constexpr std::size_t kHalf = (kMaxCompilerWords - kMarkerSize) / 2;
    const std::string left_out = std::to_string(words.size() - 2 * kHalf);
    words = words.substr(0, kHalf) + "\n[... " + left_out + " bytes left out ...]\n" +
            words.substr(words.size() - kHalf);
  }
  return {std::move(words), total_bytes};
}

submission::CompileReport report_of(const Outcome& outcome, std::string_view remark) {
  submission::CompileReport report;
  report.cpu_time = outcome.cpu_user + outcome.cpu_system;
  report.wall_time = outcome.wall;
  report.memory_peak = outcome.memory_peak;
  if (outcome.cause == Cause::Exited) report.exit_code = outcome.exit_code;
  std::string words = outcome.out.head + outcome.err.head;
  const std::uint64_t total = outcome.out.total_bytes + outcome.err.total_bytes;
  report.output = shorten(std::move(words), total);
  if (!remark.empty()) {
    std::string& shown = report.output.head;
    const std::size_t before = shown.size();
    if (!shown.empty() && shown.back() != '\n') shown.push_back('\n');
    shown.append(remark).push_back('\n');
    report.output.total_bytes += shown.size() - before;  // A shortened output stays `truncated`.
  }
  return report;
}

/// The result for a caller that waited.
Result<Compiled> as_shared(const Result<Compiled>& result) {
  if (!result) return result;
  Compiled shared = *result;
  shared.report.cached = true;
  return shared;
}

/// A program of the store or of another process, with the report of its compilation.
Compiled as_found(sandbox::PackFd program) {
  Compiled compiled;
  compiled.report.cached = true;
  compiled.report.exit_code = 0;
  if (auto kept = read_kept_report(program->get()); kept && kept->report)
    compiled.report = *std::move(kept->report);
  compiled.program = std::move(program);
  return compiled;
}

/// The report to send with the program; empty if its file contains the report.
std::string missing_report(const Compiled& compiled) {
  const auto kept = read_kept_report(compiled.program->get());
  return kept && kept->report ? std::string{} : bytes_of(compiled.report);
}

}  // namespace

struct Compiler::State {
  sandbox::Sandbox& sandbox;
  artifact::Store& artifacts;
  Reservoir& reservoir;
  artifact::Share* share;
  /// Shared with the entries: coroutines may be destroyed after the Compiler.
  std::shared_ptr<PendingByKey> pending = std::make_shared<PendingByKey>();

  Task<Result<Compiled>> find_or_build(Compilation compilation, std::stop_token stop);
  Task<Result<Compiled>> build(Compilation compilation, std::shared_ptr<const void> permit,
                               std::stop_token stop);
  Task<Result<Compiled>> build_once(const Compilation& compilation,
                                    std::shared_ptr<const void> permit, std::stop_token stop);
  Result<Compiled> conclude(const Compilation& compilation, Outcome outcome);
  sandbox::PackFd keep(const Digest& key, sandbox::PackFd program, std::string_view behind);
};

Compiler::Compiler(sandbox::Sandbox& sandbox, artifact::Store& artifacts, Reservoir& reservoir,
                   artifact::Share* share)
    : state_(std::make_unique<State>(State{sandbox, artifacts, reservoir, share})) {}
Compiler::~Compiler() = default;

Task<Result<Compiled>> Compiler::compile(Compilation compilation, std::stop_token stop) {
  State& state = *state_;
  const Executor executor = co_await asio::this_coro::executor;
  while (!stop.stop_requested()) {
    const auto known = state.pending->find(compilation.key);
    if (known == state.pending->end()) {
      if (auto found = state.artifacts.find(compilation.key)) {
        co_return as_found(*std::move(found));
      }
      PendingEntry entry{state.pending, compilation.key};
      auto compiled = co_await state.find_or_build(std::move(compilation), stop);
      if (compiled || !stop.stop_requested()) entry.set_result(compiled);
      co_return compiled;
    }
    const std::shared_ptr<Pending> pending = known->second;
    Wakeup wakeup{executor};
    pending->waiting.push_back(wakeup);
    co_await wakeup.wait(stop);
    if (pending->result && !stop.stop_requested()) co_return as_shared(*pending->result);
  }
  co_return cancelled();
}

/// Claims a program only while it holds a permit: other processes wait for a claim, so its holder
/// must not wait itself.
Task<Result<Compiled>> Compiler::State::find_or_build(Compilation compilation,
                                                      std::stop_token stop) {
  const Digest key = compilation.key;
  const Milliseconds bound = claim_bound(compilation.limits);
  for (unsigned tries = 1;; ++tries) {
    if (share) {
      auto program = co_await share->find(key, bound, stop);
      if (program) co_return as_found(keep(key, std::move(program), {}));
    }
    const Demand one_box{1, compilation.limits.memory};
    auto permit = co_await reservoir.acquire(one_box, stop);
    if (!permit) co_return tl::make_unexpected(permit.error());
    auto held = std::make_shared<const Reservoir::Permit>(*std::move(permit));
    if (share && tries < kClaimTries) {
      const bool is_ours = co_await share->claim(key, bound);
      if (!is_ours) continue;
    }
    auto built = co_await build(std::move(compilation), std::move(held), std::move(stop));
    if (share && built && built->program) {
      share->offer(key, built->program->get(), missing_report(*built));
    } else if (share) {
      share->release(key);
    }
    co_return built;
  }
}

/// A compiler that was disturbed runs once more, as a test does (plain_examination.cpp).
Task<Result<Compiled>> Compiler::State::build(Compilation compilation,
                                              std::shared_ptr<const void> permit,
                                              std::stop_token stop) {
  auto built = co_await build_once(compilation, permit, stop);
  if (!built && built.error().code == Errc::Disturbed && !stop.stop_requested()) {
    log::warning("a compilation is repeated", {{"cause", built.error().what}});
    built = co_await build_once(compilation, std::move(permit), stop);
  }
  co_return built;
}

Task<Result<Compiled>> Compiler::State::build_once(const Compilation& compilation,
                                                   std::shared_ptr<const void> permit,
                                                   std::stop_token stop) {
  EVALX_CO_TRY(kernel::Fd sources, sandbox::pack(compilation.files));
  sandbox::BoxSpec place;
  place.files = std::make_shared<const kernel::Fd>(std::move(sources));
  place.size = kCompileBoxSize;
  place.inodes = kCompileBoxInodes;
  place.profile = compilation.profile;
  place.held = std::move(permit);
  auto box = co_await sandbox.open(std::move(place));
  if (!box) co_return tl::make_unexpected(std::move(box).error());

  sandbox::RunSpec command;
  command.argv = compilation.argv;
  command.environment = compilation.environment;
  command.limits = compilation.limits;
  command.take = compilation.take;
  command.take_max = kMaxProgramSize;
  command.stop = stop;
  auto outcome = co_await (*box)->run(std::move(command));
  if (!outcome) co_return tl::make_unexpected(std::move(outcome).error());
  if (outcome->cause == Cause::NotStarted) {
    co_return tl::make_unexpected(
        start_failure(*outcome, compilation.argv.front(), compilation.packages));
  }
  if (outcome->cause == Cause::Cancelled) co_return cancelled();
  co_return conclude(compilation, *std::move(outcome));
}

Result<Compiled> Compiler::State::conclude(const Compilation& compilation, Outcome outcome) {
  const bool succeeded = outcome.cause == Cause::Exited && outcome.exit_code == 0;
  if (!succeeded && may_be_disturbed(outcome)) return fail(Errc::Disturbed, outcome.disturbance);
  std::string remark = limit_words(outcome, compilation.limits);
  if (!remark.empty()) remark.insert(0, "The compiler was ended: ");
  if (succeeded && !outcome.taken) {
    remark = "The compiler left no program" +
             (outcome.take_problem.empty() ? std::string{"."} : ": " + outcome.take_problem);
  }
  Compiled compiled;
  compiled.report = report_of(outcome, remark);
  if (!succeeded || !outcome.taken) return compiled;

  compiled.program = keep(compilation.key, outcome.taken, bytes_of(compiled.report));
  return compiled;
}

/// If the program cannot be stored, as on a full disk, it is used anyway; the next caller compiles
/// it again.
sandbox::PackFd Compiler::State::keep(const Digest& key, sandbox::PackFd program,
                                      std::string_view behind) {
  auto kept = artifacts.put(key, program->get(), behind);
  if (kept) return *std::move(kept);
  log::warning("artifact not kept", {{"cause", kept.error().what}});
  return program;
}

}  // namespace evalx::judge
