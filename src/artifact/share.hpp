#pragma once
// Share: passes compiled programs between processes that have a store each, by digest.

#include <cstdint>
#include <stop_token>
#include <string_view>

#include "artifact/store.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"

namespace evalx::artifact {

/// Belongs to one event loop. Its functions don't fail: after an error find() returns null and
/// claim() returns true, so that the caller compiles locally.
class Share {
 public:
  virtual ~Share() = default;

  /// Returns the verified program if another process has offered it. While another process compiles
  /// it, waits for its result, at most `patience` and until `stop` is requested. Returns null if
  /// there is no program after that: the caller then calls claim().
  virtual Task<Artifact> find(Digest key, Milliseconds patience, std::stop_token stop) = 0;
  /// Returns true if the caller is to compile, and then to call offer() or release(). Returns false
  /// if another process has begun or offered the program since find(): call find() again. The claim
  /// is renewed until `bound` has passed; then other processes may compile the program, too.
  virtual Task<bool> claim(Digest key, Milliseconds bound) = 0;
  /// Offers a copy of the file `content`, and `behind` at its end, to other processes, and ends the
  /// claim. If the copy is too large, only ends the claim. Reads the file, sends it later, and does
  /// not keep the descriptor.
  virtual void offer(const Digest& key, int content, std::string_view behind) = 0;
  /// Ends the claim without a result to share.
  virtual void release(const Digest& key) = 0;

  struct Counters {  ///< Programs found, programs offered, and found ones that were damaged.
    std::uint64_t hits = 0, puts = 0, broken = 0;
  };
  [[nodiscard]] virtual Counters counters() const = 0;
};

}  // namespace evalx::artifact
