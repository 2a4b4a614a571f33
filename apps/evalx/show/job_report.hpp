#pragma once
// JobReport: the jobs of a queue as an operator reads them.

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "queue/queue.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// One that waits since longer than this is worth a look.
inline constexpr std::chrono::minutes kStuckAfter{10};

/// Accepted more than kStuckAfter ago and waiting, or leased by one who has ended.
bool is_stuck(const queue::Listed& job, Clock::WallInstant now);

/// A line each; `now` is the present on the store's clock.
std::string table_of(const std::vector<queue::Listed>& jobs, Clock::WallInstant now,
                     const terminal::Paint& paint, std::size_t width);
std::string json_of(const std::vector<queue::Listed>& jobs, Clock::WallInstant now);

/// All that is known of one; spec and result by their size.
std::string text_of(const queue::Record& job, Clock::WallInstant now, const terminal::Paint& paint);
std::string json_of(const queue::Record& job, Clock::WallInstant now);

/// "2026-01-02T03:04:05Z".
std::string show_time(Clock::WallInstant at);

/// "42 s", "7 min", "3 h 05 min", "12 d 4 h".
std::string show_age(Microseconds age);

}  // namespace evalx::app
