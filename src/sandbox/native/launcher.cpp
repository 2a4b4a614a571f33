#include "sandbox/native/launcher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/cgroup/tree.hpp"
#include "kernel/file.hpp"
#include "kernel/own_view.hpp"
#include "sandbox/native/confine.hpp"
#include "sandbox/native/ids.hpp"
#include "sandbox/native/keeper.hpp"
#include "sandbox/native/policy.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/native/slot.hpp"
#include "sandbox/native/supervisor.hpp"

namespace evalx::sandbox::native {
namespace {

using kernel::Fd;

/// Its number is its index in the launcher's list. When a slot is dead, the next one takes its
/// number, and with it its ids, namespaces and CPU.
struct NumberedSlot {
  std::optional<LastingNamespaces> namespaces;  ///< Empty if a run may have left something in them.
  std::optional<Slot> slot;
  std::uint64_t serial = 0;
};

class Launcher {
 public:
  Launcher(Fd control, Configure configure, const IdPlan& ids, uid_t first_id, Filters filters,
           std::unique_ptr<kernel::CgroupTree> tree)
      : control_(std::move(control)),
        configure_(std::move(configure)),
        ids_(ids),
        first_id_(first_id),
        filters_(std::move(filters)),
        tree_(std::move(tree)) {}

  void serve();

 private:
  /// Returns false when the worker has closed the socket.
  bool answer_worker();
  Result<NumberedSlot*> free_entry();
  Result<NumberedSlot*> make_slot(const MakeSlot& wanted);
  void end_slot(const EndSlot& wanted);
  void remove_dead_slots(const std::vector<pollfd>& watched);

  Fd control_;
  Configure configure_;
  IdPlan ids_;
  uid_t first_id_;   ///< The first id for slots, as this process sees it.
  Filters filters_;  ///< Indexed by profile.
  std::unique_ptr<kernel::CgroupTree> tree_;
  MessageBuffer buffer_;
  std::vector<NumberedSlot> slots_;
  std::uint64_t last_serial_ = 0;
};

Result<NumberedSlot*> Launcher::free_entry() {
  for (NumberedSlot& entry : slots_) {
    if (entry.slot) continue;
    if (!entry.namespaces) {
      EVALX_TRY(entry.namespaces, make_lasting_namespaces());
    }
    return &entry;
  }
  if (slots_.size() >= ids_.slots())
    return fail(std::make_error_code(std::errc::resource_unavailable_try_again), "too many slots");
  EVALX_TRY(LastingNamespaces namespaces, make_lasting_namespaces());
  return &slots_.emplace_back(std::move(namespaces), std::nullopt, 0);
}

Result<NumberedSlot*> Launcher::make_slot(const MakeSlot& wanted) {
  if (wanted.profile >= filters_.size())
    return fail(std::make_error_code(std::errc::invalid_argument), "unknown seccomp profile");
  EVALX_TRY(NumberedSlot * entry, free_entry());
  const auto index = static_cast<unsigned>(entry - slots_.data());
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  SlotOptions options;
  options.index = index;
  if (ids_.count > 0)
    options.ids = {first_id_ + kIdsPerSlot * index, first_id_ + kIdsPerSlot * index + 1};
  options.cpu =
      configure_.pin_cpus != 0 ? static_cast<int>(index % static_cast<unsigned>(cpus)) : -1;
  options.root_paths = &configure_.root_paths;
  options.filter = &filters_[wanted.profile];
  EVALX_TRY(entry->slot, start_slot(*tree_, *entry->namespaces, options));
  entry->serial = ++last_serial_;
  return entry;
}

bool Launcher::answer_worker() {
  const auto incoming = receive(control_.get(), buffer_);
  if (const auto* ending = incoming ? std::get_if<EndSlot>(&incoming->message) : nullptr) {
    end_slot(*ending);
    return true;
  }
  const auto* wanted = incoming ? std::get_if<MakeSlot>(&incoming->message) : nullptr;
  if (!wanted) return false;
  const auto made = make_slot(*wanted);
  if (!made) {
    const Failed failed{made.error().what, made.error().code.value()};
    // Without its groups this launcher can make no slot again, and it has no right to make new
    // groups. It ends, and so does the server, whose next start makes them.
    return send(control_.get(), failed).has_value() && tree_->exists();
  }
  const std::array fds{(*made)->slot->worker_end.get()};
  const bool sent = send(control_.get(), SlotMade{(*made)->serial}, fds).has_value();
  (*made)->slot->worker_end = Fd{};  // Only the worker has it now: closing it ends the slot.
  return sent;
}

void Launcher::end_slot(const EndSlot& wanted) {
  for (NumberedSlot& entry : slots_) {
    if (entry.slot && entry.serial == wanted.serial) entry.slot->supervisor.kill();
  }
}

void Launcher::remove_dead_slots(const std::vector<pollfd>& watched) {
  for (std::size_t i = 0; i < slots_.size() && i + 1 < watched.size(); ++i) {
    if (watched[i + 1].revents == 0) continue;
    const auto end = slots_[i].slot->supervisor.wait();
    if (!end || end->signaled || end->code == kLeftSomething) slots_[i].namespaces.reset();
    slots_[i].slot.reset();
  }
}

void Launcher::serve() {
  std::vector<pollfd> watched;
  while (true) {
    watched.assign(1, {control_.get(), POLLIN, 0});
    for (const NumberedSlot& entry : slots_)
      watched.push_back({entry.slot ? entry.slot->supervisor.poll_fd() : -1, POLLIN, 0});
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    remove_dead_slots(watched);
    if (watched[0].revents != 0 && !answer_worker()) return;
  }
}

/// The mechanisms that this launcher should have and does not get here.
std::vector<Weakness> survey(const Result<std::unique_ptr<kernel::CgroupTree>>& tree,
                             const IdPlan& ids, bool own_namespace) {
  std::vector<Weakness> found;
  if (!tree) {
    found.push_back(
        {"a writable cgroup with memory and pids",
         "limits apply to each process, not to a run as a whole, and memory is reported for large "
         "programs only (" +
             words_of(tree.error()) + ")",
         "start as root or in a delegated cgroup (systemd-run --user --scope -p Delegate=yes)"});
  }
  if (ids.count == 0) {
    found.push_back({"user ids of their own for programs",
                     "programs run as the same user as their supervisor and evalX, and can change "
                     "the files placed into their box",
                     "start as root, or install uidmap and give this user a range in /etc/subuid "
                     "and /etc/subgid"});
  }
  if (ids.source != IdPlan::Source::Root) {
    found.push_back({"a user of its own for the launcher",
                     "the server and the launcher run as the same user and can harm each other",
                     "start as root; both give it up at once", false});
  } else if (!own_namespace) {
    found.push_back({"a user namespace of its own for the launcher",
                     "the launcher keeps CAP_SYS_ADMIN, CAP_SETUID and CAP_SETGID on the machine",
                     "allow user namespaces: kernel.unprivileged_userns_clone, "
                     "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns",
                     false});
  }
  return found;
}

Result<> close_standard_descriptors() {
  EVALX_TRY(const Fd null, kernel::open_at(AT_FDCWD, "/dev/null", O_RDWR));
  for (const int fd : {0, 1, 2}) {
    if (::dup2(null.get(), fd) < 0) return fail(last_error(), "dup2");
  }
  return {};
}

Result<std::unique_ptr<Launcher>> prepare(Fd& control, const Configure& configure) {
  EVALX_TRY(Filters filters, compile_profiles());
  const IdPlan ids = plan_ids(configure.uid_base);
  const bool own_namespace = can_nest_user_namespaces(ids);
  if (!own_namespace && ids.source != IdPlan::Source::Root)
    return fail(
        std::make_error_code(std::errc::operation_not_permitted),
        "make user namespaces: this user is not allowed to; see kernel.unprivileged_userns_clone, "
        "user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns");
  // If this fails, a later step that needs it fails and is reported.
  static_cast<void>(kernel::open_own_view().has_value());
  auto tree = kernel::open_cgroup_tree({ids.uid, ids.gid});
  std::vector<Weakness> weaknesses = survey(tree, ids, own_namespace);
  EVALX_TRY_VOID(check_weaknesses(weaknesses, configure.allow_weak));
  if (!tree) tree = kernel::no_cgroup_tree();
  EVALX_TRY_VOID(close_standard_descriptors());
  {
    EVALX_TRY(Keeper keeper, Keeper::start(ids, *tree));
    EVALX_TRY_VOID(confine(ids, own_namespace, **tree, keeper));
  }
  // From here on, with a user namespace of its own, this process has no rights on the machine that
  // a bug of ours could give to a program.
  EVALX_TRY_VOID(send(control.get(), Ready{std::move(weaknesses)}));
  return std::make_unique<Launcher>(std::move(control), configure, ids,
                                    own_namespace ? 1 : ids.first_uid, std::move(filters),
                                    *std::move(tree));
}

Result<std::unique_ptr<Launcher>> start() {
  leave_what_was_inherited();
  Fd control{kLauncherSocket};
  MessageBuffer buffer;
  const auto incoming = receive(control.get(), buffer);
  const auto* configure = incoming ? std::get_if<Configure>(&incoming->message) : nullptr;
  if (!configure) {
    // All other errors are sent to the worker, which reports them.
    std::fputs("evalx launch: only evalX itself starts this, with a socket as descriptor 3\n",
               stderr);
    return fail(std::make_error_code(std::errc::bad_message), "configure");
  }
  auto launcher = prepare(control, *configure);
  if (!launcher) {
    const Error& error = launcher.error();
    static_cast<void>(send(control.get(), Failed{error.what, error.code.value()}).has_value());
  }
  return launcher;
}

}  // namespace

int run_launcher() {
  const auto launcher = start();
  if (!launcher) return 1;
  (*launcher)->serve();
  return 0;
}

}  // namespace evalx::sandbox::native
