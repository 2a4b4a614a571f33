#include "sandbox/native/slot_pool.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <csignal>

extern "C" {  // glibc 2.36 declares these without __BEGIN_DECLS.
#include <sys/pidfd.h>
}

#include "base/log.hpp"
#include "kernel/seqpacket.hpp"
#include "sandbox/c_list.hpp"
#include "sandbox/native/launcher.hpp"
#include "sandbox/native/root.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

/// For what the launcher does, and for a new supervisor. On an idle machine that is milliseconds.
constexpr Milliseconds kPatience{60'000};
/// How long the launcher may need at the end, to kill what runs and to remove its groups.
constexpr Milliseconds kLauncherEnd{20'000};

bool is_readable(int fd, Milliseconds patience) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(patience.count())) == 1;
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
  if (!pidfd) {
    auto failed = fail(last_error(), "pidfd_open");
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return failed;
  }
  return kernel::Child{std::move(pidfd)};
}

}  // namespace

Error error_of(const Failed& failed) {
  return {{failed.error, std::system_category()}, failed.step};
}

Result<std::shared_ptr<SlotPool>> SlotPool::start(asio::io_context& loop, NativeOptions options) {
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
  if (!is_readable(sockets.first.get(), kPatience))
    return fail(std::make_error_code(std::errc::timed_out), "start the launcher");
  MessageBuffer buffer;
  EVALX_TRY(Incoming first, receive(sockets.first.get(), buffer));
  if (const auto* failed = std::get_if<Failed>(&first.message))
    return tl::make_unexpected(error_of(*failed));
  auto* ready = std::get_if<Ready>(&first.message);
  if (!ready) return fail(std::make_error_code(std::errc::bad_message), "start the launcher");
  std::shared_ptr<SlotPool> pool{new SlotPool{loop, std::move(sockets.first), std::move(process),
                                              std::move(ready->weaknesses), options.run_slack}};
  pool->watch_launcher(std::move(options.on_launcher_lost));
  return pool;
}

SlotPool::SlotPool(asio::io_context& loop, Fd control, kernel::Child process,
                   std::vector<Weakness> weaknesses, Milliseconds run_slack)
    : loop_(loop),
      process_(std::move(process)),
      launcher_(std::make_shared<Peer>(loop, std::move(control))),
      weaknesses_(std::move(weaknesses)),
      run_slack_(run_slack),
      launcher_end_(loop.get_executor()) {}

/// When its socket closes, the launcher removes its cgroups and ends. This waits for that: an owner
/// that is still root would kill it, and the cgroups would stay. A launcher that takes longer ends
/// by itself later.
SlotPool::~SlotPool() {
  // The fd belongs to `process_`; release it so that it is not closed twice.
  if (launcher_end_.is_open()) launcher_end_.release();
  for (Idle& of_profile : idle_) of_profile.slots.clear();
  for (const auto& burial : burials_) burial->slot->close();
  launcher_->close();
  if (is_readable(process_.poll_fd(), kLauncherEnd)) {
    static_cast<void>(process_.wait().has_value());
  } else {
    log::warning("the launcher still waits for the last processes of its slots");
    process_.leave();
  }
}

void SlotPool::watch_launcher(std::function<void()> on_lost) {
  if (!on_lost) return;
  on_launcher_lost_ = std::move(on_lost);
  launcher_end_.assign(process_.poll_fd());
  launcher_end_.async_wait(Descriptor::wait_read,
                           [weak = weak_from_this()](boost::system::error_code cancelled) {
                             const auto self = weak.lock();
                             if (self && !cancelled) self->lose_launcher("it has ended");
                           });
}

/// A launcher that does not answer is as lost as a dead one, and a server without rights cannot
/// kill it.
void SlotPool::lose_launcher(std::string_view why) {
  log::error("the launcher is lost", {{"error", why}});
  launcher_->close();
  if (const auto on_lost = std::exchange(on_launcher_lost_, {})) on_lost();
}

Task<Result<SlotPeer>> SlotPool::take(SeccompProfile profile) {
  Idle& of_profile = idle_[static_cast<std::size_t>(profile)];
  if (of_profile.slots.empty()) co_return co_await make_slot(profile);
  SlotPeer slot = std::move(of_profile.slots.back());
  of_profile.slots.pop_back();
  of_profile.low_mark = std::min(of_profile.low_mark, of_profile.slots.size());
  co_return slot;
}

/// The launcher answers one request at a time, in order.
Task<Result<Incoming>> SlotPool::ask_launcher(SeccompProfile profile) {
  if (launcher_busy_) {
    Timer turn{loop_.get_executor(), kNeverExpires};
    launcher_queue_.push_back(&turn);
    co_await turn.async_wait(kAsResult);
  }
  launcher_busy_ = true;
  Result<Incoming> incoming = Incoming{};
  if (auto asked = launcher_->send(MakeSlot{static_cast<std::uint32_t>(profile)}); !asked) {
    incoming = tl::make_unexpected(std::move(asked).error());
  } else {
    incoming = co_await launcher_->next_message(buffer_, kPatience);
    if (!incoming && incoming.error().code == std::errc::timed_out)
      lose_launcher("it does not answer");
  }
  launcher_busy_ = false;
  if (!launcher_queue_.empty()) {
    launcher_busy_ = true;  // Passed on, so that no other coroutine comes between.
    launcher_queue_.front()->cancel();
    launcher_queue_.pop_front();
  }
  co_return incoming;
}

Task<Result<SlotPeer>> SlotPool::make_slot(SeccompProfile profile) {
  auto incoming = co_await ask_launcher(profile);
  if (!incoming) co_return tl::make_unexpected(std::move(incoming).error());
  if (const auto* failed = std::get_if<Failed>(&incoming->message))
    co_return tl::make_unexpected(error_of(*failed));
  const auto* made = std::get_if<SlotMade>(&incoming->message);
  if (!made) co_return fail(std::make_error_code(std::errc::bad_message), "make a slot");
  auto slot = std::make_shared<Peer>(loop_, std::move(incoming->fds[0]), made->serial);
  const auto first = co_await slot->next_message(buffer_, kPatience);
  if (!first) {
    end(*slot);
    co_return tl::make_unexpected(first.error());
  }
  if (const auto* failed = std::get_if<Failed>(&first->message))
    co_return tl::make_unexpected(error_of(*failed));
  ++slots_;
  co_return slot;
}

void SlotPool::give_back(SeccompProfile profile, SlotPeer slot) {
  idle_[static_cast<std::size_t>(profile)].slots.push_back(std::move(slot));
}

void SlotPool::count(Replaced reason, std::string_view why) {
  const auto index = static_cast<std::size_t>(reason);
  ++counters_.replaced[index];
  const auto note = why.empty() ? log::debug : log::warning;
  note("a slot is replaced", {{"reason", kReplacedReasons[index]}, {"error", why}});
}

void SlotPool::give_up(SlotPeer slot, Replaced reason, std::string_view why) {
  slot.reset();
  --slots_;
  count(reason, why);
}

std::shared_ptr<Burial> SlotPool::bury(SlotPeer slot, std::shared_ptr<const void> held,
                                       Replaced reason, std::string_view why) {
  slot->end_sending();
  auto burial = std::make_shared<Burial>(
      Burial{std::move(slot), std::move(held),
             std::make_shared<Timer>(loop_.get_executor(), kNeverExpires)});
  burials_.push_back(burial);
  asio::co_spawn(loop_, watch(weak_from_this(), burial), asio::detached);
  count(reason, why);
  return burial;
}

/// A supervisor closes its socket when its last process is dead.
Task<> SlotPool::watch(std::weak_ptr<SlotPool> weak, std::shared_ptr<Burial> burial) {
  MessageBuffer unread;
  while (co_await burial->slot->next_message(unread, std::nullopt)) {
  }
  burial->is_over = true;
  burial->held.reset();
  burial->end->cancel();
  if (const auto pool = weak.lock()) {
    pool->burials_.remove(burial);
    --pool->slots_;
  }
}

void SlotPool::end(const Peer& slot) {
  static_cast<void>(launcher_->send(EndSlot{slot.serial()}).has_value());
}

Sandbox::Counters SlotPool::counters() const {
  Sandbox::Counters counters = counters_;
  counters.slots = slots_;
  for (const Idle& of_profile : idle_) counters.idle += of_profile.slots.size();
  return counters;
}

void SlotPool::trim() {
  for (auto& [slots, low_mark] : idle_) {
    const std::size_t unused = std::min(low_mark, slots.size());
    slots.erase(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(unused));
    slots_ -= unused;
    low_mark = slots.size();
  }
}

}  // namespace evalx::sandbox::native
