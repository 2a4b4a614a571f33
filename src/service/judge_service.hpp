#pragma once
// JudgeService: the engine of a process and the worker that feeds it from a queue.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "base/task.hpp"
#include "config/settings.hpp"
#include "metrics/metrics.hpp"
#include "queue/work.hpp"
#include "service/engine.hpp"
#include "service/judge_metrics.hpp"
#include "service/mechanisms.hpp"
#include "service/privilege.hpp"
#include "worker/worker.hpp"

namespace evalx::service {

/// Lives on one event loop. Arguments must outlive this object; the queue must outlive the loop's
/// run.
class JudgeService {
 public:
  JudgeService(const config::Settings& settings, asio::io_context& loop, const Clock& clock,
               metrics::Metrics& metrics);

  /// The steps that may need root: makes the data folder for `identity` and starts the launcher.
  /// Errors: ENOTSUP with a line for each missing mechanism; the folder's; Engine::start()'s.
  Result<> prepare(const Identity& identity);
  /// The other steps, after root is given up. Errors: Engine::open()'s; ENOTSUP as in prepare().
  Result<> open();
  /// Announces itself in `queue` and takes jobs from it. Call once, after open().
  void start(queue::Work& queue);
  // As in worker::Worker.
  Task<> drain(Milliseconds grace);
  void hurry() { worker_->hurry(); }

  /// Why no jobs are taken now; empty if they are. From any thread.
  [[nodiscard]] std::string not_ready() const { return *not_ready_.load(); }

  /// Valid after prepare().
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  /// The mechanisms of this machine; after open() with those of the engine.
  [[nodiscard]] const Machine& machine() const { return machine_; }

 private:
  Task<metrics::Figures> figures();
  [[nodiscard]] metrics::Figures read_figures() const;
  Task<> trim();

  const config::Settings& settings_;
  asio::io_context& loop_;
  const Clock& clock_;
  JudgeMetrics metrics_;
  /// From the last scrape that the loop answered in time.
  std::atomic<std::shared_ptr<const metrics::Figures>> figures_{
      std::make_shared<const metrics::Figures>(idle_judge_figures())};
  std::atomic<std::shared_ptr<const std::string>> not_ready_{std::make_shared<const std::string>()};
  Machine machine_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<worker::Worker> worker_;
};

}  // namespace evalx::service
