#include "sandbox/native/native_sandbox.hpp"

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <deque>

extern "C" {  // glibc 2.36 declares these without __BEGIN_DECLS.
#include <sys/pidfd.h>
}

#include "base/log.hpp"
#include "base/timer.hpp"
#include "kernel/child.hpp"
#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/c_list.hpp"
#include "sandbox/environment.hpp"
#include "sandbox/native/launcher.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/root.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;

/// A socket to a supervisor or to the launcher.
class Peer {
 public:
  Peer(asio::io_context& loop, Fd socket) : socket_(loop.get_executor(), socket.release()) {}

  Result<> send(const Message& message, std::span<const int> fds = {}) {
    return native::send(socket_.native_handle(), message, fds);
  }
  /// Awaits the next message. `buffer` is used only while a message is received.
  Task<Result<Incoming>> next_message(MessageBuffer& buffer) {
    while (true) {
      auto incoming = receive(socket_.native_handle(), buffer, MSG_DONTWAIT);
      if (incoming || incoming.error().code != std::errc::resource_unavailable_try_again)
        co_return incoming;
      const auto [error] = co_await socket_.async_wait(Descriptor::wait_read, kAsResult);
      if (error) co_return fail(error, "wait for the slot");
    }
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  Descriptor socket_;
};

Error error_of(const Failed& failed) {
  return {{failed.error, std::system_category()}, failed.step};
}

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

Result<Outcome> outcome_of(Ran ran, std::vector<Fd> fds, Bytes most_output) {
  if (ran.cause > static_cast<std::uint32_t>(Cause::NotStarted)) return malformed_answer();
  std::size_t next = 0;
  if (ran.has_out_file) {
    EVALX_TRY(ran.out, read_output(fds[next++], most_output));
  }
  if (ran.has_err_file) {
    EVALX_TRY(ran.err, read_output(fds[next++], most_output));
  }
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

/// Starts the launcher with `socket` as descriptor 3 and an empty environment.
Result<kernel::Child> spawn(const std::string& program, const std::vector<std::string>& argv,
                            const Fd& socket) {
  const std::vector<char*> list = c_list(argv);
  char* environment[] = {nullptr};
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, socket.get(), kLauncherSocket);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, program.c_str(), &actions, nullptr, list.data(), environment);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail({error, std::system_category()}, "start the launcher", program);
  Fd pidfd{::pidfd_open(pid, 0)};
  if (!pidfd) return fail(last_error(), "pidfd_open");
  return kernel::Child{std::move(pidfd)};
}

}  // namespace

struct NativeSandbox::State {
  State(asio::io_context& l, Fd control, kernel::Child child, std::vector<Weakness> lacking)
      : loop(l),
        process(std::move(child)),
        launcher(l, std::move(control)),
        weaknesses(std::move(lacking)),
        launcher_end(l.get_executor()) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;
  /// When its socket closes, the launcher removes its cgroups and ends. This waits for that: an
  /// owner that is still root would kill it, and the cgroups would stay.
  ~State() {
    // The fd belongs to `process`; release it so that it is not closed twice.
    if (launcher_end.is_open()) launcher_end.release();
    for (Idle& of_profile : idle) of_profile.slots.clear();
    launcher.close();
    static_cast<void>(process.wait().has_value());
  }

  using SlotPeer = std::unique_ptr<Peer>;
  Task<Result<SlotPeer>> take_slot(SeccompProfile profile);
  Task<Result<SlotPeer>> make_slot(SeccompProfile profile);
  void watch_launcher(std::function<void()> on_lost);

  asio::io_context& loop;
  kernel::Child process;
  Peer launcher;
  const std::vector<Weakness> weaknesses;
  Descriptor launcher_end;  ///< The launcher's pidfd, readable once it has ended.
  MessageBuffer buffer;
  struct Idle {
    std::vector<SlotPeer> slots;  ///< Taken from the back: the last one used.
    std::size_t low_mark = 0;     ///< The lowest number of them since the last trim().
  };
  Idle& idle_of(SeccompProfile profile) { return idle[static_cast<std::size_t>(profile)]; }
  std::array<Idle, kSeccompProfiles.size()> idle;
  bool launcher_busy = false;
  std::deque<Timer*> launcher_queue;
  std::size_t slots = 0;
  Counters counters;
};

void NativeSandbox::State::watch_launcher(std::function<void()> on_lost) {
  if (!on_lost) return;
  launcher_end.assign(process.poll_fd());
  launcher_end.async_wait(Descriptor::wait_read,
                          [on_lost = std::move(on_lost)](boost::system::error_code cancelled) {
                            if (!cancelled) on_lost();
                          });
}

Task<Result<NativeSandbox::State::SlotPeer>> NativeSandbox::State::make_slot(
    SeccompProfile profile) {
  // The launcher answers one request at a time, in order.
  if (launcher_busy) {
    Timer turn{loop.get_executor(), kNeverExpires};
    launcher_queue.push_back(&turn);
    co_await turn.async_wait(kAsResult);
  }
  launcher_busy = true;
  Result<Incoming> incoming = Incoming{};
  if (auto asked = launcher.send(MakeSlot{static_cast<std::uint32_t>(profile)}); !asked) {
    incoming = tl::make_unexpected(std::move(asked).error());
  } else {
    incoming = co_await launcher.next_message(buffer);
  }
  launcher_busy = false;
  if (!launcher_queue.empty()) {
    launcher_busy = true;  // Passed on, so that no other coroutine comes between.
    launcher_queue.front()->cancel();
    launcher_queue.pop_front();
  }
  if (!incoming) co_return tl::make_unexpected(std::move(incoming).error());
  if (const auto* failed = std::get_if<Failed>(&incoming->message))
    co_return tl::make_unexpected(error_of(*failed));
  if (!std::holds_alternative<SlotMade>(incoming->message))
    co_return fail(std::make_error_code(std::errc::bad_message), "make a slot");
  auto peer = std::make_unique<Peer>(loop, std::move(incoming->fds[0]));
  auto first = co_await peer->next_message(buffer);
  if (!first) co_return tl::make_unexpected(std::move(first).error());
  if (const auto* failed = std::get_if<Failed>(&first->message))
    co_return tl::make_unexpected(error_of(*failed));
  ++slots;
  co_return peer;
}

Task<Result<NativeSandbox::State::SlotPeer>> NativeSandbox::State::take_slot(
    SeccompProfile profile) {
  Idle& of_profile = idle_of(profile);
  if (of_profile.slots.empty()) co_return co_await make_slot(profile);
  SlotPeer peer = std::move(of_profile.slots.back());
  of_profile.slots.pop_back();
  of_profile.low_mark = std::min(of_profile.low_mark, of_profile.slots.size());
  co_return peer;
}

class NativeSandbox::NativeBox final : public Box {
 public:
  NativeBox(std::shared_ptr<State> state, BoxSpec spec, State::SlotPeer slot)
      : state_(std::move(state)), spec_(std::move(spec)), slot_(std::move(slot)) {}
  NativeBox(const NativeBox&) = delete;
  NativeBox& operator=(const NativeBox&) = delete;
  ~NativeBox() override;

  Task<Result<Outcome>> run(RunSpec spec) override;

 private:
  Task<Result<Incoming>> exchange(Run request, std::vector<int> fds, std::stop_token stop);
  /// `why`: for the log, if this is not part of normal operation.
  void give_up_slot(Replaced reason, std::string_view why = {});

  std::shared_ptr<State> state_;
  BoxSpec spec_;
  State::SlotPeer slot_;
  bool clean_ = false;
  bool in_flight_ = false;  ///< A run was requested and not answered.
};

NativeSandbox::NativeBox::~NativeBox() {
  if (!slot_) return;
  // If a run is in flight, the slot will send an answer that has no reader, so it is given up.
  // Otherwise it makes the fresh scratch for the next submission now, when no client waits for it.
  if (!in_flight_ && slot_->send(Recycle{})) {
    state_->idle_of(spec_.profile).slots.push_back(std::move(slot_));
  } else if (in_flight_) {
    give_up_slot(Replaced::Abandoned);
  } else {
    give_up_slot(Replaced::Fault, "it does not accept messages");
  }
}

void NativeSandbox::NativeBox::give_up_slot(Replaced reason, std::string_view why) {
  slot_.reset();
  --state_->slots;
  const auto index = static_cast<std::size_t>(reason);
  ++state_->counters.replaced[index];
  const auto note = why.empty() ? log::debug : log::warning;
  note("a slot is replaced", {{"reason", kReplacedReasons[index]}, {"error", why}});
}

Task<Result<Incoming>> NativeSandbox::NativeBox::exchange(Run request, std::vector<int> fds,
                                                          std::stop_token stop) {
  if (auto sent = slot_->send(request, fds); !sent)
    co_return tl::make_unexpected(std::move(sent).error());
  // The callback may run on any thread, and after the end of this box: it owns all it needs.
  const auto alive = std::make_shared<Peer*>(slot_.get());
  const std::stop_callback on_stop{stop, [&loop = state_->loop, alive] {
                                     asio::post(loop, [alive] {
                                       if (*alive)
                                         static_cast<void>((*alive)->send(Kill{}).has_value());
                                     });
                                   }};
  auto answer = co_await slot_->next_message(state_->buffer);
  *alive = nullptr;
  co_return answer;
}

Task<Result<Outcome>> NativeSandbox::NativeBox::run(RunSpec spec) {
  if (!slot_) {
    EVALX_CO_TRY(slot_, co_await state_->take_slot(spec_.profile));
    clean_ = false;
  }
  const Bytes most_output = spec.limits.output;
  Run request = request_of(spec_, spec);
  request.fresh = !clean_;
  std::vector<int> fds;
  Fd large_stdin;
  if (!clean_ && spec_.files) {
    request.has_files = true;
    fds.push_back(spec_.files->get());
  }
  if (spec.stdio) {
    request.has_stdio = true;
    fds.insert(fds.end(), spec.stdio->begin(), spec.stdio->end());
  } else if (spec.stdin_bytes.size() > kMaxInlineBytes) {
    // Passed as a sealed file, which no run can change.
    EVALX_CO_TRY(large_stdin, kernel::sealed_file("stdin", spec.stdin_bytes));
    request.has_stdin_file = true;
    fds.push_back(large_stdin.get());
  } else {
    request.stdin_bytes = std::move(spec.stdin_bytes);
  }
  clean_ = false;
  in_flight_ = true;
  Result<Incoming> incoming =
      co_await exchange(std::move(request), std::move(fds), std::move(spec.stop));
  in_flight_ = false;
  if (!incoming) {
    give_up_slot(Replaced::Fault, incoming.error().what);
    co_return tl::make_unexpected(std::move(incoming).error());
  }
  if (const auto* failed = std::get_if<Failed>(&incoming->message)) {
    const bool is_dirty = failed->step.starts_with(kRenewStep);
    give_up_slot(is_dirty ? Replaced::NotCleaned : Replaced::Fault, failed->step);
    co_return tl::make_unexpected(error_of(*failed));
  }
  auto* ran = std::get_if<Ran>(&incoming->message);
  if (!ran) {
    give_up_slot(Replaced::Fault, "an unexpected answer");
    co_return fail(std::make_error_code(std::errc::bad_message), "run: unexpected answer");
  }
  clean_ = ran->box_clean;
  if (ran->slot_spent) give_up_slot(Replaced::Limit);
  co_return outcome_of(std::move(*ran), std::move(incoming->fds), most_output);
}

NativeSandbox::NativeSandbox(std::shared_ptr<State> state) : state_(std::move(state)) {}

NativeSandbox::~NativeSandbox() = default;

Result<std::unique_ptr<NativeSandbox>> NativeSandbox::start(asio::io_context& loop,
                                                            NativeOptions options) {
  EVALX_TRY(auto sockets, kernel::seqpacket_pair());
  EVALX_TRY(kernel::Child process, spawn(options.launcher, options.launcher_argv, sockets.second));
  sockets.second = Fd{};
  Configure configure;
  configure.uid_base = options.uid_base;
  configure.pin_cpus = options.pin_cpus ? 1 : 0;
  configure.allow_weak = options.allow_weak;
  configure.root_paths = default_root_paths();
  configure.root_paths.insert(configure.root_paths.end(), options.root_paths.begin(),
                              options.root_paths.end());
  EVALX_TRY_VOID(send(sockets.first.get(), configure));
  MessageBuffer buffer;
  EVALX_TRY(Incoming first, receive(sockets.first.get(), buffer));
  if (const auto* failed = std::get_if<Failed>(&first.message))
    return tl::make_unexpected(error_of(*failed));
  auto* ready = std::get_if<Ready>(&first.message);
  if (!ready) return fail(std::make_error_code(std::errc::bad_message), "start the launcher");
  auto state = std::make_shared<State>(loop, std::move(sockets.first), std::move(process),
                                       std::move(ready->weaknesses));
  state->watch_launcher(std::move(options.on_launcher_lost));
  return std::unique_ptr<NativeSandbox>{new NativeSandbox{std::move(state)}};
}

Task<Result<std::unique_ptr<Box>>> NativeSandbox::open(BoxSpec spec) {
  const std::shared_ptr<State> state = state_;
  EVALX_CO_TRY(State::SlotPeer slot, co_await state->take_slot(spec.profile));
  co_return std::make_unique<NativeBox>(state, std::move(spec), std::move(slot));
}

const std::vector<Weakness>& NativeSandbox::weaknesses() const {
  return state_->weaknesses;
}

Sandbox::Counters NativeSandbox::counters() const {
  Counters counters = state_->counters;
  counters.slots = state_->slots;
  for (const State::Idle& of_profile : state_->idle) counters.idle += of_profile.slots.size();
  return counters;
}

void NativeSandbox::trim() {
  for (auto& [slots, low_mark] : state_->idle) {
    const std::size_t unused = std::min(low_mark, slots.size());
    slots.erase(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(unused));
    state_->slots -= unused;
    low_mark = slots.size();
  }
}

}  // namespace evalx::sandbox::native
