#pragma once
// JobReport: the jobs of a queue as tables, text and JSON.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "queue/queue.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// A job that has been queued for longer than this counts as stuck.
inline constexpr std::chrono::minutes kStuckAfter{10};

/// Queued and accepted more than kStuckAfter ago, or leased by a worker that has died.
bool is_stuck(const queue::Listed& job, Clock::WallInstant now);

/// A line for each job. Ages are counted until `now`: pass the time of the store's clock.
std::string table_of(const std::vector<queue::Listed>& jobs, Clock::WallInstant now,
                     const terminal::Paint& paint, std::size_t width);
std::string json_of(const std::vector<queue::Listed>& jobs, Clock::WallInstant now);

/// All fields of one job, and its callback if it has one; only the sizes of spec and result.
using JobsCallback = std::optional<queue::ListedCallback>;
std::string text_of(const queue::Record& job, const JobsCallback& callback, Clock::WallInstant now,
                    const terminal::Paint& paint);
std::string json_of(const queue::Record& job, const JobsCallback& callback, Clock::WallInstant now);

/// "2026-01-02T03:04:05Z".
std::string show_time(Clock::WallInstant at);

/// "42 s", "7 min", "3 h 05 min", "12 d 4 h".
std::string show_age(Microseconds age);
/// The age at `now`; none if `now` is earlier.
std::string show_age(Clock::WallInstant since, Clock::WallInstant now);
/// "2026-01-02T03:04:05Z, 7 min ago".
std::string show_ago(Clock::WallInstant at, Clock::WallInstant now);

}  // namespace evalx::app
