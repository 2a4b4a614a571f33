#pragma once
// Operations: the answers of a process to its operators: is it alive, is it ready, its metrics.

#include <functional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "gate/rules.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "queue/figures.hpp"

namespace evalx::api {

/// The parts of the answers that the process provides. Called on the thread of the request, by
/// several threads at once. Either may be empty.
struct OperationsHooks {
  std::function<Task<std::string>()> metrics_text;      ///< Prometheus text format, 0.0.4.
  std::function<std::vector<std::string>()> not_ready;  ///< Reasons besides the queue's.
};

class Operations {
 public:
  /// `figures` are the queue's, and must outlive this object.
  Operations(const queue::Figures& figures, OperationsHooks hooks)
      : figures_(figures), hooks_(std::move(hooks)) {}

  [[nodiscard]] http::Response healthz() const;  ///< GET /healthz: 200 as long as it is called.
  /// GET /readyz: 503 if not ready, with the reasons unless they are withheld.
  enum class Reasons { Given, Withheld };
  [[nodiscard]] http::Response readyz(Reasons reasons = Reasons::Given) const;
  Task<http::Response> metrics() const;  ///< GET /metrics

 private:
  const queue::Figures& figures_;
  OperationsHooks hooks_;
};

/// The rules of the routes below: a stranger may ask whether the process is alive and ready.
gate::Rules operations_rules();

/// Adds /healthz, /readyz and /metrics, which every process serves. `operations` must outlive the
/// router.
void add_operations(http::Router& router, const Operations& operations);

}  // namespace evalx::api
