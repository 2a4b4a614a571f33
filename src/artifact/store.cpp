#include "artifact/store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <list>
#include <map>
#include <string_view>
#include <vector>

#include "artifact/file_name.hpp"
#include "base/failpoint.hpp"
#include "kernel/file.hpp"

namespace evalx::artifact {
namespace {

/// At most this many artifacts stay open, so that a hot one is verified once and not at every use.
constexpr std::size_t kMaxOpen = 64;
/// A sweep by another process may take a new file before it is locked; then another one is made.
constexpr int kTemporaryTries = 8;

struct Copied {
  Digest digest;
  Bytes size;
};

/// Writes the content of `from` and then `behind` to `to`.
Result<Copied> copy_synced(int from, std::string_view behind, int to, Bytes most) {
  DigestBuilder digest;
  std::uint64_t written = 0;
  auto step = [&digest, &written, most, to](std::string_view piece) -> Result<> {
    written += piece.size();
    if (written > most.count) {
      return fail(std::make_error_code(std::errc::file_too_large), "store artifact");
    }
    digest.raw(piece);
    return kernel::write_all(to, piece);
  };
  EVALX_TRY_VOID(kernel::for_each_piece(from, step));
  EVALX_TRY_VOID(step(behind));
  if (const auto error = failpoint_error("artifact.before_fsync"))
    return fail(error, "fsync artifact");
  if (::fsync(to) < 0) return fail(last_error(), "fsync artifact");
  return Copied{digest.finish(), Bytes{written}};
}

/// A new file, locked as long as its writer lives: a sweep of read_directory() leaves it alone.
struct Temporary {
  std::string name;
  kernel::Fd fd;
};

Result<Temporary> make_temporary(int directory) {
  for (int tries = 0; tries < kTemporaryTries; ++tries) {
    EVALX_TRY(std::string name, temporary_name());
    kernel::Fd fd{::openat(directory, name.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!fd) return fail(last_error(), "create artifact", name);
    struct stat status {};
    const bool is_ours = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 &&
                         ::fstat(fd.get(), &status) == 0 && status.st_nlink > 0;
    if (is_ours) return Temporary{std::move(name), std::move(fd)};
  }
  return fail(std::make_error_code(std::errc::device_or_resource_busy), "create artifact");
}

/// Removes a temporary file of a writer that was killed.
void remove_if_abandoned(int directory, const char* name) {
  const kernel::Fd fd{::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlinkat(directory, name, 0);
}

}  // namespace

struct Store::State {
  struct Entry {
    Digest key;
    Digest content;
    Bytes size;
    Artifact open;  ///< Null in `cold`.
  };
  using Entries = std::list<Entry>;

  std::string path;
  kernel::Fd directory;
  Bytes capacity;
  Sharing sharing = Sharing::Alone;
  Counters counters;

  // Both lists: most recently used first. Artifacts in `hot` are open and verified, and were all
  // used later than those in `cold`.
  Entries hot;
  Entries cold;
  std::map<Digest, Entries::iterator> by_key;

  Result<> read_directory();
  void forget(Entries::iterator entry);
  void evict_down_to(Bytes size);
  void make_hot(Entries::iterator entry, Artifact open);
  Result<Artifact> open_verified(const Entry& entry) const;
  Result<Artifact> put(const Digest& key, int content, std::string_view behind);
  std::optional<Artifact> find(const Digest& key);
};

/// Lists the directory. Ignores files with other names, removes temporary files of a killed owner,
/// and orders the artifacts by their modification time, which find() updates at each use.
Result<> Store::State::read_directory() {
  struct Found {
    timespec used;
    FileName name;
    Bytes size;
  };
  std::vector<Found> found;
  DIR* listing = ::fdopendir(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!listing) return fail(last_error(), "fdopendir", path);
  while (const dirent* item = ::readdir(listing)) {
    const std::string_view name{item->d_name};
    if (is_temporary_name(name)) {
      remove_if_abandoned(directory.get(), item->d_name);
      continue;
    }
    const auto parsed = parse_file_name(name);
    struct stat status {};
    if (!parsed || ::fstatat(directory.get(), item->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISREG(status.st_mode)) {
      continue;
    }
    found.push_back({status.st_mtim, *parsed, {static_cast<std::uint64_t>(status.st_size)}});
  }
  ::closedir(listing);

  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::pair{a.used.tv_sec, a.used.tv_nsec} > std::pair{b.used.tv_sec, b.used.tv_nsec};
  });
  for (const Found& one : found) {
    if (by_key.contains(one.name.key)) {  // Killed before it removed the older: do it now.
      ::unlinkat(directory.get(), file_name(one.name.key, one.name.content).c_str(), 0);
      continue;
    }
    cold.push_back({one.name.key, one.name.content, one.size, nullptr});
    by_key[one.name.key] = std::prev(cold.end());
    counters.stored += one.size;
  }
  evict_down_to(capacity);
  return {};
}

void Store::State::forget(Entries::iterator entry) {
  ::unlinkat(directory.get(), file_name(entry->key, entry->content).c_str(), 0);
  counters.stored -= entry->size;
  by_key.erase(entry->key);
  (entry->open ? hot : cold).erase(entry);
}

void Store::State::evict_down_to(Bytes size) {
  while (counters.stored > size) {
    forget(std::prev(cold.empty() ? hot.end() : cold.end()));
    ++counters.evicted;
  }
}

void Store::State::make_hot(Entries::iterator entry, Artifact open) {
  hot.splice(hot.begin(), entry->open ? hot : cold, entry);
  entry->open = std::move(open);
  if (hot.size() > kMaxOpen) {
    hot.back().open.reset();
    cold.splice(cold.begin(), hot, std::prev(hot.end()));
  }
}

Result<Artifact> Store::State::open_verified(const Entry& entry) const {
  const std::string name = file_name(entry.key, entry.content);
  kernel::Fd fd{::openat(directory.get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (!fd) return fail(last_error(), "open artifact", name);
  DigestBuilder digest;
  auto hash = [&digest](std::string_view piece) -> Result<> {
    digest.raw(piece);
    return {};
  };
  EVALX_TRY(const std::uint64_t size, kernel::for_each_piece(fd.get(), hash));
  if (size != entry.size.count || digest.finish() != entry.content) {
    return fail(std::make_error_code(std::errc::bad_message), "verify artifact", name);
  }
  return std::make_shared<const kernel::Fd>(std::move(fd));
}

std::optional<Artifact> Store::State::find(const Digest& key) {
  const auto found = by_key.find(key);
  if (found == by_key.end()) {
    ++counters.misses;
    return std::nullopt;
  }
  const Entries::iterator entry = found->second;
  Artifact open = entry->open;
  if (!open) {
    auto opened = open_verified(*entry);
    if (!opened) {
      // If the process has no free descriptor, the file may still be good.
      const std::error_code code = opened.error().code;
      if (code != std::errc::too_many_files_open &&
          code != std::errc::too_many_files_open_in_system) {
        const bool is_evicted =
            sharing == Sharing::Shared && code == std::errc::no_such_file_or_directory;
        counters.broken += is_evicted ? 0 : 1;
        forget(entry);
      }
      ++counters.misses;
      return std::nullopt;
    }
    open = *std::move(opened);
  }
  ++counters.hits;
  // Records the order of use for the next start; errors are ignored.
  ::futimens(open->get(), nullptr);
  make_hot(entry, open);
  return open;
}

Result<Artifact> Store::State::put(const Digest& key, int content, std::string_view behind) {
  EVALX_TRY(const Temporary made, make_temporary(directory.get()));
  const std::string& temporary = made.name;
  auto copied = copy_synced(content, behind, made.fd.get(), capacity);
  if (!copied) {
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    return tl::make_unexpected(std::move(copied).error());
  }
  const std::string name = file_name(key, copied->digest);
  // Opened again, read-only: the users of this descriptor cannot write to the file.
  auto open = std::make_shared<const kernel::Fd>(
      ::openat(directory.get(), temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!*open || ::renameat(directory.get(), temporary.c_str(), directory.get(), name.c_str()) < 0) {
    auto failure = fail(last_error(), "publish artifact", name);
    ::unlinkat(directory.get(), temporary.c_str(), 0);
    return failure;
  }
  failpoint("artifact.after_rename");
  ::fsync(directory.get());  // If the name is lost, it is only a cache miss.

  const auto earlier = by_key.find(key);
  if (earlier != by_key.end()) {
    const Entries::iterator entry = earlier->second;
    if (entry->content == copied->digest) {  // The rename replaced its file.
      make_hot(entry, open);
      return open;
    }
    forget(entry);
  }
  evict_down_to(capacity - copied->size);
  cold.push_front({key, copied->digest, copied->size, nullptr});
  by_key[key] = cold.begin();
  counters.stored += copied->size;
  make_hot(cold.begin(), open);
  return open;
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(std::string directory, Bytes capacity, Sharing sharing) {
  if (::mkdir(directory.c_str(), 0700) < 0 && errno != EEXIST)
    return fail(last_error(), "mkdir", directory);
  auto state = std::make_unique<State>();
  state->directory = kernel::Fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!state->directory) return fail(last_error(), "open", directory);
  ::fchmod(state->directory.get(), 0700);  // If the folder has another owner, its mode stays.
  const int lock = sharing == Sharing::Alone ? LOCK_EX : LOCK_SH;
  if (::flock(state->directory.get(), lock | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK) return fail(last_error(), "flock", directory);
    return fail(std::make_error_code(std::errc::device_or_resource_busy),
                directory + " is in use by another evalx; each needs a data_dir of its own");
  }
  state->path = std::move(directory);
  state->capacity = capacity;
  state->sharing = sharing;
  EVALX_TRY_VOID(state->read_directory());
  return Store{std::move(state)};
}

std::optional<Artifact> Store::find(const Digest& key) {
  return state_->find(key);
}
Result<Artifact> Store::put(const Digest& key, int content, std::string_view behind) {
  return state_->put(key, content, behind);
}
Store::Counters Store::counters() const {
  return state_->counters;
}

}  // namespace evalx::artifact
