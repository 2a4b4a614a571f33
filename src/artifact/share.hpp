#pragma once
// Share: compiled programs that processes with stores of their own give each other by digest.

#include <cstdint>
#include <stop_token>

#include "artifact/store.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"

namespace evalx::artifact {

/// Lives on one event loop. It never fails who asks: whatever is wrong with it means "compile".
class Share {
 public:
  virtual ~Share() = default;

  /// The program, verified, if another process has offered it. While one is compiling it, waits for
  /// what comes of that, at most `patience` and until `stop` is requested. Null: compile.
  virtual Task<Artifact> find(Digest key, Milliseconds patience, std::stop_token stop) = 0;
  /// Whether to compile here: false if another process has begun or offered it since find(). After
  /// true offer() or release() must follow; after `bound` others compile as well.
  virtual Task<bool> claim(Digest key, Milliseconds bound) = 0;
  /// Copies `content` for the others, unless it is too big, and does not wait for them.
  virtual void offer(const Digest& key, int content) = 0;
  /// Nothing came of it that could be shared.
  virtual void release(const Digest& key) = 0;

  struct Counters {
    std::uint64_t hits = 0, puts = 0, broken = 0;
  };
  [[nodiscard]] virtual Counters counters() const = 0;
};

}  // namespace evalx::artifact
