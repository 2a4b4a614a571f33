#pragma once
// What operators ask: alive, ready, metrics.

#include <functional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "http/message.hpp"
#include "queue/figures.hpp"

namespace evalx::api {

struct OperationsHooks {
  std::function<Task<std::string>()> metrics_text;      ///< Prometheus text format, 0.0.4.
  std::function<std::vector<std::string>()> not_ready;  ///< Reasons besides the queue's.
};

/// The hooks are called on the thread of the request, from several threads at once.
class Operations {
 public:
  Operations(const queue::Figures& queue, OperationsHooks hooks)
      : queue_(queue), hooks_(std::move(hooks)) {}

  [[nodiscard]] http::Response healthz() const;  ///< 200 while the process answers at all.
  [[nodiscard]] http::Response readyz() const;   ///< 503 with the reasons while it can't judge.
  [[nodiscard]] Task<http::Response> metrics() const;

 private:
  const queue::Figures& queue_;
  OperationsHooks hooks_;
};

}  // namespace evalx::api
