#pragma once
// JudgeService: the engine of a process, the worker that feeds it from a queue, and their figures.

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/task.hpp"
#include "config/settings.hpp"
#include "metrics/metrics.hpp"
#include "queue/queue.hpp"
#include "service/engine.hpp"
#include "service/mechanisms.hpp"
#include "service/privilege.hpp"
#include "worker/worker.hpp"

namespace evalx::service {

/// Lives on one event loop. What it is given must outlive it, the queue the loop's run.
class JudgeService {
 public:
  JudgeService(const config::Settings& settings, asio::io_context& loop, const Clock& clock,
               metrics::Metrics& metrics);

  /// What needs root: the data folder, given to `identity`, and the launcher. Errors: a line for
  /// each mechanism that is missing; the folder's; Engine::start()'s.
  Result<> prepare(const Identity& identity);
  /// The rest, once root is given up. Errors: Engine::open()'s; a missing mechanism.
  Result<> open();
  /// Takes jobs from `queue` from here on, and tells there what it is. Call once, after open().
  void start(queue::Queue& queue);
  /// worker::Worker's.
  Task<> drain(Milliseconds grace);
  void hurry() { worker_->hurry(); }

  /// From prepare() on.
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  /// What the engine stands on; from open() on with what it added.
  [[nodiscard]] const Machine& machine() const { return machine_; }

 private:
  /// What /metrics tells of objects that belong to the loop, copied there at each scrape.
  struct Sample {
    std::atomic<std::uint64_t> sandboxes_in_use{0}, sandboxes_max{0}, artifact_bytes{0};
    std::atomic<std::uint64_t> hits{0}, misses{0}, broken{0}, evicted{0};
    std::atomic<std::uint64_t> shared_hits{0}, shared_puts{0}, attempts{0};
    std::array<std::atomic<std::uint64_t>, sandbox::kReplacedReasons.size()> replaced{};
  };

  void count(const worker::Published& published);
  void collect();
  void refresh_sample();
  void take_sample();
  Task<> trim();

  const config::Settings& settings_;
  asio::io_context& loop_;
  const Clock& clock_;
  metrics::Metrics& metrics_;
  Sample sample_;
  Machine machine_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<worker::Worker> worker_;
};

}  // namespace evalx::service
