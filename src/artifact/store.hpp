#pragma once
// Store: compiled programs on disk, found by digest. Bounded: the least recently used is removed
// first.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::artifact {

/// An open file with a compiled program, read-only. It stays readable after its eviction.
using Artifact = std::shared_ptr<const kernel::Fd>;

/// Whether other processes may use a store's directory at the same time. Its counters are exact
/// only if none does.
enum class Sharing {
  Alone,   ///< No other process.
  Shared,  ///< Others that open it as Shared. Each may evict the artifacts of the others.
};

/// Used by one thread. A file is written under a temporary name, synced and then renamed. Its name
/// contains the SHA-256 of its content, which is checked when the file is opened; the 64 most
/// recently used artifacts stay open. A broken file is counted and deleted, and is then a cache
/// miss. All functions block while they read or sync.
class Store {
 public:
  /// Opens or makes `directory` and lists its files. Shared: what others store later is not found.
  /// Errors: mkdir(2)'s, open(2)'s; EBUSY if another process has it, and one of both wants it
  /// alone.
  static Result<Store> open(std::string directory, Bytes capacity,
                            Sharing sharing = Sharing::Alone);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// Returns nullopt if there is no artifact for `key`, or a broken one.
  std::optional<Artifact> find(const Digest& key);
  /// Stores a copy of the file `content`, read from its start, and `behind` at its end, in place of
  /// an earlier artifact of the same key. Evicts others if there is no room. Errors: EFBIG if it is
  /// larger than the capacity; those of the file system.
  Result<Artifact> put(const Digest& key, int content, std::string_view behind = {});

  struct Counters {
    std::uint64_t hits = 0, misses = 0, broken = 0, evicted = 0;
    Bytes stored;
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace evalx::artifact
