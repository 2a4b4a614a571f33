#include "service/courier_metrics.hpp"

#include <chrono>

namespace evalx::service {
namespace {

/// In seconds: from a receiver in the same network to one that uses up all the time of an attempt.
const prometheus::Histogram::BucketBoundaries kAttemptBuckets{
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30};

}  // namespace

CourierMetrics::CourierMetrics(metrics::Metrics& metrics)
    : attempts_(prometheus::BuildCounter()
                    .Name("evalx_callback_attempts_total")
                    .Help("Attempts of this process to send a callback, by outcome: delivered; "
                          "retry: it is sent again later; dead: it is not; stopped: by a shutdown.")
                    .Register(metrics.registry())),
      delivered_(attempts_.Add({{"outcome", "delivered"}})),
      retry_(attempts_.Add({{"outcome", "retry"}})),
      dead_(attempts_.Add({{"outcome", "dead"}})),
      stopped_(attempts_.Add({{"outcome", "stopped"}})),
      times_(prometheus::BuildHistogram()
                 .Name("evalx_callback_attempt_seconds")
                 .Help("Time of one attempt to send a callback, from the lookup of the receiver's "
                       "name to its answer.")
                 .Register(metrics.registry())
                 .Add({}, kAttemptBuckets)) {}

void CourierMetrics::attempted(const webhook::Attempted& attempted) {
  counter(attempted.outcome).Increment();
  if (attempted.took) times_.Observe(std::chrono::duration<double>(*attempted.took).count());
}

prometheus::Counter& CourierMetrics::counter(queue::CallbackEnd::Kind outcome) {
  using Kind = queue::CallbackEnd::Kind;
  switch (outcome) {
    case Kind::Delivered:
      return delivered_;
    case Kind::Retry:
      return retry_;
    case Kind::Dead:
      return dead_;
    case Kind::Uncharged:
      break;
  }
  return stopped_;
}

}  // namespace evalx::service
