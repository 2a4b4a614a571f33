#pragma once
// Store: compiled programs on disk by digest: bounded, least recently used first out, verified.

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "kernel/fd.hpp"

namespace evalx::artifact {

using Artifact = std::shared_ptr<const kernel::Fd>;

/// One owner, one thread. Files are written to a temporary name, synced, then renamed; each
/// carries the SHA-256 of its content, checked when it is opened. What is broken is deleted,
/// counted, and as if it had never been there.
class Store {
 public:
  /// Opens or makes `directory` and takes stock of it. Errors: mkdir(2)'s, open(2)'s;
  /// EBUSY if another process has it.
  static Result<Store> open(std::string directory, Bytes capacity);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// nullopt: not there, or found broken.
  std::optional<Artifact> find(const Digest& key);
  /// Copies `content` in. Errors: EFBIG if it alone exceeds the capacity, and the disk's.
  Result<Artifact> put(const Digest& key, int content);

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
