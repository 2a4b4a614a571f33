#include "show/callback_report.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "show/job_report.hpp"
#include "terminal/table.hpp"

namespace evalx::app {
namespace {

using queue::CallbackState;
using queue::ListedCallback;
using submission::JsonWriter;
using Wall = Clock::WallInstant;

/// Most lines fit into so many columns.
constexpr std::size_t kWholeWidth = 180;

std::string_view word_of(CallbackState state) {
  switch (state) {
    case CallbackState::Asked:
      return "asked";
    case CallbackState::Waiting:
      return "waiting";
    case CallbackState::Sending:
      return "sending";
    case CallbackState::Delivered:
      return "delivered";
    case CallbackState::Dead:
      return "dead";
  }
  return {};
}

/// The queue stores a form, a blank, and the URL: see webhook/target.hpp.
std::string_view url_in(std::string_view target) {
  return target.substr(target.find(' ') + 1);
}

std::string next_of(Wall due, Wall now) {
  return due > now ? "in " + show_age(now, due) : "now";
}

terminal::Cell state_cell(const ListedCallback& callback) {
  const std::string word{word_of(callback.state)};
  return {word,
          callback.state == CallbackState::Dead ? terminal::Style::Bad : terminal::Style::Plain};
}

/// When it is sent again, or was given up or delivered.
std::string next_or_end(const ListedCallback& callback, Wall now) {
  if (callback.due) return next_of(*callback.due, now);
  if (callback.ended_at) return show_age(*callback.ended_at, now) + " ago";
  return "-";
}

void add_time(JsonWriter& json, std::string_view key, const std::optional<Wall>& at) {
  json.key(key);
  at ? json.text(show_time(*at)) : json.null();
}

}  // namespace

std::string table_of(const std::vector<ListedCallback>& callbacks, Wall now,
                     const terminal::Paint& paint, std::size_t width) {
  using Align = terminal::Column::Align;
  terminal::Table table{{{"token"},
                         {"state"},
                         {"attempts", Align::Right},
                         {"receiver"},
                         {"age", Align::Right},
                         {"next or end", Align::Right},
                         {"last attempt"}}};
  for (const ListedCallback& callback : callbacks) {
    table.add({{callback.token},
               state_cell(callback),
               {std::to_string(callback.attempt)},
               {callback.lane},
               {callback.since ? show_age(*callback.since, now) : "-"},
               {next_or_end(callback, now)},
               {callback.words}});
  }
  // A line that does not fit is not cut: the last column has the reason.
  return table.render(paint, width < kWholeWidth ? terminal::kFileWidth : width);
}

std::string json_of(const std::vector<ListedCallback>& callbacks) {
  JsonWriter json;
  json.begin_array();
  for (const ListedCallback& callback : callbacks) add_callback(json, callback);
  json.end_array();
  return json.take() + "\n";
}

std::string text_of(const ListedCallback& callback, Wall now, const terminal::Paint& paint) {
  std::string text;
  const auto line = [&](std::string_view title, std::string_view value) {
    text += paint(terminal::Style::Bold, fmt::format("{:<11}", title)) +
            terminal::printable(value, terminal::kFileWidth) + "\n";
  };
  line("token", callback.token);
  line("state", word_of(callback.state));
  line("attempts", std::to_string(callback.attempt));
  line("receiver", callback.lane);
  line("URL", url_in(callback.target));
  if (callback.since) line("job ended", show_ago(*callback.since, now));
  if (callback.due) line("next", show_time(*callback.due) + ", " + next_of(*callback.due, now));
  if (callback.ended_at) line("ended", show_ago(*callback.ended_at, now));
  if (!callback.words.empty()) line("last", callback.words);
  return text;
}

std::string json_of(const ListedCallback& callback) {
  JsonWriter json;
  add_callback(json, callback);
  return json.take() + "\n";
}

std::string summary_of(const ListedCallback& callback, Wall now) {
  if (callback.state == CallbackState::Asked) return "asked: it is sent when the job has ended";
  std::string text{word_of(callback.state)};
  text += fmt::format(", {} attempt{}", callback.attempt, callback.attempt == 1 ? "" : "s");
  if (callback.due) text += ", next " + next_of(*callback.due, now);
  if (callback.ended_at) text += ", " + show_age(*callback.ended_at, now) + " ago";
  return callback.words.empty() ? text : text + ": " + callback.words;
}

void add_callback(JsonWriter& json, const ListedCallback& callback) {
  const auto add_count = [&json](std::string_view key, unsigned count) {
    json.key(key);
    json.number(count);
  };
  json.begin_object();
  json.text("token", callback.token);
  json.text("state", word_of(callback.state));
  add_count("attempts", callback.attempt);
  add_count("round", callback.round);
  json.text("receiver", callback.lane);
  json.text("url", url_in(callback.target));
  add_time(json, "job_ended_at", callback.since);
  add_time(json, "due_at", callback.due);
  add_time(json, "ended_at", callback.ended_at);
  json.text("last_attempt", callback.words);
  json.end_object();
}

}  // namespace evalx::app
