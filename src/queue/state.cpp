#include "queue/state.hpp"

namespace evalx::queue {
namespace {

class QueueCategory final : public std::error_category {
  [[nodiscard]] const char* name() const noexcept override { return "queue"; }
  [[nodiscard]] std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::Full:
        return "the queue is full";
      case Errc::IdempotencyConflict:
        return "the idempotency key was used with another body";
      case Errc::LeaseLost:
        return "the lease is not the current one";
      case Errc::NotFound:
        return "no such job";
      case Errc::Finished:
        return "the job is already finished";
      case Errc::Unavailable:
        return "the store cannot take writes now";
      case Errc::OutcomeUnknown:
        return "it is not known whether the store has the job";
      case Errc::Evicted:
        return "the job's result was deleted early, because the results exceeded their capacity";
    }
    return "unknown queue error";
  }
};

}  // namespace

const std::error_category& queue_category() noexcept {
  static const QueueCategory category;
  return category;
}

std::error_code make_error_code(Errc code) noexcept {
  return {static_cast<int>(code), queue_category()};
}

}  // namespace evalx::queue
