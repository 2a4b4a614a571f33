#pragma once
// CallbackReport: the callbacks of a queue as tables, text and JSON.

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "queue/callback_listing.hpp"
#include "submission/json_writer.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// A line for each callback, without the paths of the URLs. Ages are counted until `now`: pass the
/// time of the store's clock.
std::string table_of(const std::vector<queue::ListedCallback>& callbacks, Clock::WallInstant now,
                     const terminal::Paint& paint, std::size_t width);
std::string json_of(const std::vector<queue::ListedCallback>& callbacks);

/// All fields of one callback.
std::string text_of(const queue::ListedCallback& callback, Clock::WallInstant now,
                    const terminal::Paint& paint);
std::string json_of(const queue::ListedCallback& callback);

/// "waiting, 2 attempts, next in 5 min: the receiver answered 503".
std::string summary_of(const queue::ListedCallback& callback, Clock::WallInstant now);
/// An object with all fields, as a part of another document.
void add_callback(submission::JsonWriter& json, const queue::ListedCallback& callback);

}  // namespace evalx::app
