#include "sandbox/isolate/box_ids.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/assert.hpp"
#include "base/timer.hpp"

namespace evalx::sandbox::isolate {
namespace {

using kernel::Fd;

constexpr mode_t kLockMode = 0644;

/// Opens a lock file of any owner: flock(2) needs only read access, and in a sticky folder the
/// kernel refuses to open the file of another user with O_CREAT (fs.protected_regular).
Result<Fd> open_lock(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
  Fd file{::open(path.c_str(), kFlags)};
  if (!file && errno == ENOENT) {
    file = Fd{::open(path.c_str(), kFlags | O_CREAT, kLockMode)};
    if (file) ::fchmod(file.get(), kLockMode);  // Whatever the umask.
  }
  if (!file) return fail(last_error(), "open", path);
  return file;
}

}  // namespace

/// The entry of one coroutine in the queue. It leaves the queue when the coroutine ends.
struct BoxIds::Waiter {
  Waiter(asio::io_context& loop, std::list<Waiter*>& others)
      : turn(loop.get_executor(), kNeverExpires),
        queue(others),
        place(queue.insert(queue.end(), this)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (!granted) queue.erase(place);
  }

  Timer turn;  ///< Cancelled when an id is granted.
  std::optional<Id> granted;
  std::list<Waiter*>& queue;
  std::list<Waiter*>::iterator place;
};

Result<std::vector<BoxIds::Id>> BoxIds::lock(const std::string& folder, unsigned first,
                                             unsigned count) {
  std::vector<Id> ids;
  for (unsigned number = first; ids.size() < count && number - first < kMostLooks; ++number) {
    EVALX_TRY(Fd file, open_lock(folder + "/evalx-isolate-" + std::to_string(number) + ".lock"));
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      ids.push_back({number, Condition::Unknown, std::move(file)});
    } else if (errno != EWOULDBLOCK) {
      return fail(last_error(), "flock in", folder);
    }
  }
  if (ids.size() < count)
    return fail(std::make_error_code(std::errc::device_or_resource_busy),
                "find enough boxes that no other process uses, from number",
                std::to_string(first) + " on");
  return ids;
}

BoxIds::BoxIds(std::vector<Id> ids) : free_(std::move(ids)) {
  std::reverse(free_.begin(), free_.end());
}

Task<BoxIds::Id> BoxIds::take(asio::io_context& loop) {
  if (free_.empty()) {
    Waiter waiter{loop, waiting_};
    co_await waiter.turn.async_wait(kAsResult);
    EVALX_ASSERT(waiter.granted);
    co_return *std::move(waiter.granted);
  }
  Id id = std::move(free_.back());
  free_.pop_back();
  co_return id;
}

void BoxIds::give_back(Id id) {
  if (!waiting_.empty()) {
    // Passed on, so that no other coroutine comes between.
    Waiter* const first = waiting_.front();
    waiting_.pop_front();
    first->granted = std::move(id);
    first->turn.cancel();
    return;
  }
  const auto place = id.condition == Condition::Clean ? free_.end() : free_.begin();
  free_.insert(place, std::move(id));
}

}  // namespace evalx::sandbox::isolate
