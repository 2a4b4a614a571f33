#pragma once
// QueueChoice: opens the queue that the settings choose.

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "queue/queue.hpp"
#include "queue/sqlite/sqlite_queue.hpp"

namespace evalx::service {

/// Errors: those of the data folder and its database; those of the Redis, in one line that never
/// contains the password. `clock` must outlive the queue. If SQLite's store can no longer be
/// trusted, the queue logs the reason and aborts the process.
Result<std::unique_ptr<queue::Queue>> open_queue(const config::Settings& settings,
                                                 const Clock& clock);

/// The options of a SqliteQueue, without its folder and its on_fatal.
queue::sqlite::Options sqlite_options(const config::Settings& settings);

/// The folder of a SqliteQueue. Needs a data_dir.
std::filesystem::path queue_directory(const config::Settings& settings);

/// "sqlite" or "redis".
std::string_view queue_kind(const config::Settings& settings);

}  // namespace evalx::service
