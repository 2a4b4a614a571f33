#include "sandbox/native/launcher.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/cgroup/tree.hpp"
#include "kernel/own_view.hpp"
#include "sandbox/native/policy.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/slot.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

/// As many as may run at one time, and as many idle ones of each other profile.
constexpr std::size_t kMaxSlots = 2048 * kSeccompProfiles.size();

/// A place for a slot. Its number, and with it uid, namespaces and CPU, is used again when its slot
/// is dead.
struct Place {
  PlaceNamespaces namespaces;
  std::optional<Slot> slot;
};

class Launcher {
 public:
  Launcher(Fd control, Configure configure, Filters filters,
           std::unique_ptr<kernel::CgroupTree> tree)
      : control_(std::move(control)),
        configure_(std::move(configure)),
        filters_(std::move(filters)),
        tree_(std::move(tree)) {}

  void serve();

 private:
  /// False when the worker is gone.
  bool answer_worker();
  Result<Place*> free_place();
  Result<Place*> make_slot(const MakeSlot& wanted);
  void bury_the_dead(const std::vector<pollfd>& watched);

  Fd control_;
  Configure configure_;
  Filters filters_;  ///< By profile.
  std::unique_ptr<kernel::CgroupTree> tree_;
  MessageBuffer buffer_;
  std::vector<Place> places_;
};

Result<Place*> Launcher::free_place() {
  for (Place& place : places_) {
    if (!place.slot) return &place;
  }
  if (places_.size() >= kMaxSlots)
    return fail(std::make_error_code(std::errc::resource_unavailable_try_again), "too many slots");
  EVALX_TRY(PlaceNamespaces namespaces, make_place_namespaces());
  return &places_.emplace_back(std::move(namespaces), std::nullopt);
}

Result<Place*> Launcher::make_slot(const MakeSlot& wanted) {
  if (wanted.profile >= filters_.size())
    return fail(std::make_error_code(std::errc::invalid_argument), "unknown seccomp profile");
  EVALX_TRY(Place * place, free_place());
  const auto index = static_cast<unsigned>(place - places_.data());
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  SlotOptions options;
  options.index = index;
  options.uid_base = configure_.uid_base + 2 * index;
  options.cpu =
      configure_.pin_cpus != 0 ? static_cast<int>(index % static_cast<unsigned>(cpus)) : -1;
  options.root_paths = &configure_.root_paths;
  options.filter = &filters_[wanted.profile];
  EVALX_TRY(place->slot, start_slot(*tree_, place->namespaces, options));
  return place;
}

bool Launcher::answer_worker() {
  const auto incoming = receive(control_.get(), buffer_);
  const auto* wanted = incoming ? std::get_if<MakeSlot>(&incoming->message) : nullptr;
  if (!wanted) return false;
  const auto made = make_slot(*wanted);
  if (!made)
    return send(control_.get(), Failed{made.error().what, made.error().code.value()}).has_value();
  const std::array fds{(*made)->slot->worker_end.get()};
  const bool told = send(control_.get(), SlotMade{}, fds).has_value();
  (*made)->slot->worker_end = Fd{};  // The worker's alone: its closing ends the slot.
  return told;
}

void Launcher::bury_the_dead(const std::vector<pollfd>& watched) {
  for (std::size_t i = 0; i < places_.size() && i + 1 < watched.size(); ++i) {
    if (watched[i + 1].revents != 0) places_[i].slot.reset();
  }
}

void Launcher::serve() {
  std::vector<pollfd> watched;
  while (true) {
    watched.assign(1, {control_.get(), POLLIN, 0});
    for (const Place& place : places_)
      watched.push_back({place.slot ? place.slot->supervisor.poll_fd() : -1, POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    bury_the_dead(watched);
    if (watched[0].revents != 0 && !answer_worker()) return;
  }
}

/// What a launcher must have that this machine, or who started it, does not give. `tree` is what
/// open_cgroup_tree() said.
std::vector<Weakness> survey(const Result<std::unique_ptr<kernel::CgroupTree>>& tree) {
  std::vector<Weakness> found;
  if (!tree) {
    found.push_back(
        {"a writable cgroup with memory, pids and cpu",
         "limits hold for each process instead of for all of a run together",
         "start as root or in a delegated cgroup, as systemd-run --user -p Delegate=yes "
         "gives one; " +
             tree.error().what + ": " + tree.error().code.message()});
  }
  if (::geteuid() != 0) {
    found.push_back({"user ids of their own for programs",
                     "they run as the same user as their supervisor",
                     "start as root, or give this user a range in /etc/subuid and /etc/subgid"});
  }
  return found;
}

Result<std::unique_ptr<Launcher>> start() {
  Fd control{kLauncherSocket};
  ::fcntl(control.get(), F_SETFD, FD_CLOEXEC);
  ::setgroups(0, nullptr);  // Not even slots' set-up code needs a group. Refused without root.
  MessageBuffer buffer;
  EVALX_TRY(Incoming incoming, receive(control.get(), buffer));
  auto* configure = std::get_if<Configure>(&incoming.message);
  if (!configure) return fail(std::make_error_code(std::errc::bad_message), "configure");
  const auto report = [&](const Error& error) {
    static_cast<void>(send(control.get(), Failed{error.what, error.code.value()}).has_value());
    return tl::make_unexpected(error);
  };
  auto filters = compile_profiles();
  if (!filters) return report(filters.error());
  // What it cannot remove is told by the step that fails for it.
  static_cast<void>(kernel::open_own_view().has_value());
  auto tree = kernel::open_cgroup_tree();
  std::vector<Weakness> weaknesses = survey(tree);
  if (const auto good = check_weaknesses(weaknesses, configure->allow_weak != 0); !good)
    return report(good.error());
  if (!tree) return report(tree.error());
  EVALX_TRY_VOID(send(control.get(), Ready{std::move(weaknesses)}));
  return std::make_unique<Launcher>(std::move(control), std::move(*configure), *std::move(filters),
                                    *std::move(tree));
}

}  // namespace

int run_launcher() {
  const auto launcher = start();
  if (!launcher) {
    std::fprintf(stderr, "evalx launch: %s: %s\n", launcher.error().what.c_str(),
                 launcher.error().code.message().c_str());
    return 1;
  }
  (*launcher)->serve();
  return 0;
}

}  // namespace evalx::sandbox::native
