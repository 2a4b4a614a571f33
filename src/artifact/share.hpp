#pragma once
// Share: passes compiled programs between processes that have a store each, by digest.

#include <cstdint>
#include <stop_token>

#include "artifact/store.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"

namespace evalx::artifact {

/// Belongs to one event loop. Its functions don't fail: after any error the caller compiles
/// locally.
class Share {
 public:
  virtual ~Share() = default;

  /// Returns the verified program if another process has offered it. While another process compiles
  /// it, waits for its result, at most `patience` and until `stop` is requested. Returns null if
  /// the caller must compile.
  virtual Task<Artifact> find(Digest key, Milliseconds patience, std::stop_token stop) = 0;
  /// Returns whether the caller compiles: false if another process has begun or offered the program
  /// since find(). After true, the caller must call offer() or release(); after `bound` the claim
  /// ends, and other processes compile as well.
  virtual Task<bool> claim(Digest key, Milliseconds bound) = 0;
  /// Offers a copy of the file `content` to other processes, if it is not too large. Returns at
  /// once.
  virtual void offer(const Digest& key, int content) = 0;
  /// Ends the claim without a result to share.
  virtual void release(const Digest& key) = 0;

  struct Counters {
    std::uint64_t hits = 0, puts = 0, broken = 0;
  };
  [[nodiscard]] virtual Counters counters() const = 0;
};

}  // namespace evalx::artifact
