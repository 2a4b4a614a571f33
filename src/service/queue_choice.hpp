#pragma once
// QueueChoice: the queue that the settings name, opened.

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "queue/queue.hpp"

namespace evalx::service {

/// Errors: of the data folder or its database; of the Redis, in one line that never has the
/// password. `clock` must outlive the queue.
Result<std::unique_ptr<queue::Queue>> open_queue(const config::Settings& settings,
                                                 const Clock& clock);

/// Where a queue of the kind "sqlite" lies.
std::filesystem::path queue_directory(const config::Settings& settings);

/// "sqlite" or "redis".
std::string_view queue_kind(const config::Settings& settings);

}  // namespace evalx::service
