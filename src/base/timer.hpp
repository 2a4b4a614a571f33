#pragma once
// Timer: the timer of an event loop, and a wait on it that a stop from any thread can end.

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <memory>
#include <stop_token>

#include "base/task.hpp"

namespace evalx {

/// Counts monotonic time. Belongs to the event loop of its executor.
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A timer with this expiry only waits for its cancel(): Asio's cheapest way to suspend a
/// coroutine.
inline constexpr Timer::time_point kNeverExpires = Timer::time_point::max();

/// Waits until `timer` expires, is cancelled, or `stop` is requested, from any thread.
/// Call it on the timer's loop. A stop that comes after the wait finds the timer gone, and does
/// nothing. The loop must outlive the coroutine.
Task<> wait_on(std::shared_ptr<Timer> timer, std::stop_token stop);

}  // namespace evalx
