#pragma once
// Stepper: a simulation in place of a store's threads. It decides which thread does its next action, and what time it is.

#include "base/clock.hpp"

namespace evalx::queue {

class LoopThread;

/// All functions run on the one thread of the simulation, which calls LoopThread::step().
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// The present, for deadlines.
  [[nodiscard]] virtual Clock::Instant now() const = 0;
  /// `thread` may be stepped until remove().
  virtual void add(LoopThread& thread) = 0;
  virtual void remove(LoopThread& thread) = 0;
};

}  // namespace evalx::queue
