#pragma once
// Callback: a message that is sent when a job has ended: its states, and their changes as pure
// functions. A store keeps what they return, in the transaction that ends the job.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "queue/machine.hpp"

namespace evalx::queue {

/// Given with a new job.
struct CallbackRequest {
  std::string lane;    ///< E.g. a host. See kCallbacksPerLane. At most kCallbackLaneBytesMax.
  std::string target;  ///< Where and how it is sent; opaque to the queue.
};

/// Callbacks of one lane that are sent at the same time, by all processes of a store together: a
/// slow receiver delays no other lane.
inline constexpr std::size_t kCallbacksPerLane = 4;
inline constexpr std::size_t kCallbackLaneBytesMax = 512;
/// Callbacks of ended jobs that may wait. While there are more, accept() answers Full to jobs with
/// a callback.
inline constexpr std::size_t kCallbacksWaitingMax = 100'000;
/// The end of the Error's text then.
inline constexpr std::string_view kTooManyCallbacks = "too many callbacks wait";

enum class CallbackState {
  Asked,    ///< Its job has not ended.
  Waiting,  ///< It is sent at Callback::due.
  Sending,  ///< A sender holds its lease.
  Delivered,
  Dead,  ///< It is sent again only if an operator asks for it.
};
/// Its job and the job's result are kept, whatever their age and size.
[[nodiscard]] constexpr bool holds_its_job(CallbackState state) {
  return state == CallbackState::Waiting || state == CallbackState::Sending;
}

/// The state of a job's callback, stored beside the job.
struct Callback {
  CallbackState state = CallbackState::Asked;
  unsigned round = 0;       ///< Ends of the job: a redriven job ends again, and that is news.
  unsigned attempt = 0;     ///< Attempts in this round; the present one is included.
  unsigned lost = 0;        ///< Senders that died in a row while they held it.
  std::uint64_t lease = 0;  ///< Random while Sending, otherwise 0.
  StoreTime due{};          ///< While Waiting.

  friend bool operator==(const Callback&, const Callback&) = default;
};

/// How an attempt to send it ended.
struct CallbackEnd {
  enum class Kind {
    Delivered,
    Retry,      ///< After `retry_in`.
    Dead,       ///< No further attempt is made.
    Uncharged,  ///< The sender stopped it: it counts as not made, and is due at once.
  };
  Kind kind = Kind::Dead;
  Microseconds retry_in{};
  std::string words{};  ///< For operators. Stored; cut to kCauseBytesMax.
};

/// Its job has ended: the first attempt of a new round is due.
Callback after_job_ended(Callback before, StoreTime now);
/// Its job was redriven.
Callback after_job_redriven(Callback before);
/// A sender leases it. Errors: LeaseLost if it is not Waiting or not due.
Result<Callback> after_take(Callback before, std::uint64_t lease, StoreTime now);
/// Errors: LeaseLost if it is not sent under this lease.
Result<Callback> after_attempt(Callback before, std::uint64_t lease, const CallbackEnd& end,
                               StoreTime now);
/// Its sender died. The attempt is not charged: our death is not the receiver's fault. From the
/// second death in a row on it waits, up to ten minutes, because its answer may be the cause.
Callback after_sender_died(Callback before, StoreTime now);
/// An operator wants it to be sent: it is due at once, and a dead or delivered one gets all its
/// attempts again. Errors: NotFound while its job has not ended.
Result<Callback> after_resend(Callback before, StoreTime now);

/// How long it waits after that many deaths in a row.
Microseconds pause_after_deaths(unsigned lost);

}  // namespace evalx::queue
