#include "show/job_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "show/callback_report.hpp"
#include "submission/json_writer.hpp"
#include "terminal/human_units.hpp"
#include "terminal/table.hpp"

namespace evalx::app {
namespace {

using queue::Failure;
using queue::Listed;
using queue::Record;
using queue::State;
using submission::JsonWriter;
using Wall = Clock::WallInstant;

std::string_view word_of(State state) {
  switch (state) {
    case State::Queued:
      return "queued";
    case State::Leased:
      return "leased";
    case State::Done:
      return "done";
    case State::Cancelled:
      return "cancelled";
    case State::Dead:
      return "dead";
    case State::Expired:
      return "expired";
  }
  return {};
}

std::string one_line(const Failure& failure) {
  return failure.cause.empty() ? std::string(to_string(failure.kind)) : failure.cause;
}

terminal::Cell state_cell(const Listed& job, Wall now) {
  const std::string word{word_of(job.state)};
  if (job.state == State::Dead) return {word, terminal::Style::Bad};
  if (is_stuck(job, now)) return {word + ", stuck", terminal::Style::Warning};
  return {word};
}

Microseconds between(Wall from, Wall to) {
  return std::max(std::chrono::duration_cast<Microseconds>(to - from), Microseconds{0});
}

void add_number(JsonWriter& json, std::string_view key, std::uint64_t number) {
  json.key(key);
  json.number(number);
}

void add_failure(JsonWriter& json, const Failure& failure) {
  json.begin_object();
  json.text("at", show_time(failure.at));
  json.text("kind", to_string(failure.kind));
  add_number(json, "attempt", failure.attempt);
  json.text("worker", failure.worker);
  json.text("cause", failure.cause);
  json.end_object();
}

/// The fields that Listed and Record share.
template <class Job>
void add_facts(JsonWriter& json, const Job& job, Wall now) {
  json.text("token", job.token);
  json.text("state", word_of(job.state));
  add_number(json, "attempts", job.attempt);
  add_number(json, "deaths", job.deaths);
  json.text("accepted_at", show_time(job.accepted_at));
  json.key("ended_at");
  job.ended_at ? json.text(show_time(*job.ended_at)) : json.null();
  add_number(json, "age_seconds",
             static_cast<std::uint64_t>(between(job.accepted_at, now).count()) / 1'000'000);
}

}  // namespace

bool is_stuck(const Listed& job, Wall now) {
  if (job.state == State::Queued) return now - job.accepted_at > kStuckAfter;
  return job.state == State::Leased && job.is_orphan;
}

std::string table_of(const std::vector<Listed>& jobs, Wall now, const terminal::Paint& paint,
                     std::size_t width) {
  using Align = terminal::Column::Align;
  terminal::Table table{{{"token"},
                         {"state"},
                         {"attempts", Align::Right},
                         {"deaths", Align::Right},
                         {"age", Align::Right},
                         {"last cause"}}};
  for (const Listed& job : jobs) {
    table.add({{job.token},
               state_cell(job, now),
               {std::to_string(job.attempt)},
               {std::to_string(job.deaths),
                job.deaths > 0 ? terminal::Style::Warning : terminal::Style::Plain},
               {show_age(job.accepted_at, now)},
               {job.last_failure ? one_line(*job.last_failure) : ""}});
  }
  return table.render(paint, width);
}

std::string json_of(const std::vector<Listed>& jobs, Wall now) {
  JsonWriter json;
  json.begin_array();
  for (const Listed& job : jobs) {
    json.begin_object();
    add_facts(json, job, now);
    json.key("stuck");
    json.boolean(is_stuck(job, now));
    json.text("worker", job.worker);
    json.key("last_failure");
    job.last_failure ? add_failure(json, *job.last_failure) : json.null();
    json.end_object();
  }
  json.end_array();
  return json.take() + "\n";
}

std::string text_of(const Record& job, const JobsCallback& callback, Wall now,
                    const terminal::Paint& paint) {
  std::string text;
  const auto line = [&](std::string_view title, std::string_view value) {
    text += paint(terminal::Style::Bold, fmt::format("{:<10}", title)) +
            terminal::printable(value, terminal::kFileWidth) + "\n";
  };
  line("token", job.token);
  line("state", word_of(job.state));
  line("attempts", std::to_string(job.attempt));
  line("deaths", std::to_string(job.deaths));
  line("accepted", show_ago(job.accepted_at, now));
  if (job.ended_at) line("ended", show_ago(*job.ended_at, now));
  line("spec", job.spec.empty() ? "missing" : terminal::show_size(Bytes{job.spec.size()}));
  if (job.damage) line("damaged", *job.damage);
  if (!job.result.empty() && !job.damage)
    line("result", terminal::show_size(Bytes{job.result.size()}));
  if (callback) line("callback", summary_of(*callback, now));
  if (job.failures.empty()) return text + "\nNo failures.\n";
  terminal::Table table{{{"failed at"},
                         {"kind"},
                         {"attempt", terminal::Column::Align::Right},
                         {"worker"},
                         {"cause"}}};
  for (const Failure& failure : job.failures) {
    table.add({{show_time(failure.at)},
               {std::string(to_string(failure.kind)), terminal::Style::Warning},
               {std::to_string(failure.attempt)},
               {failure.worker.empty() ? "-" : failure.worker, terminal::Style::Dim},
               {failure.cause}});
  }
  return text + "\n" + table.render(paint, terminal::kFileWidth);
}

std::string json_of(const Record& job, const JobsCallback& callback, Wall now) {
  JsonWriter json;
  json.begin_object();
  add_facts(json, job, now);
  add_number(json, "spec_bytes", job.spec.size());
  add_number(json, "result_bytes", job.result.size());
  json.key("damaged");
  job.damage ? json.text(*job.damage) : json.null();
  json.key("callback");
  callback ? add_callback(json, *callback) : json.null();
  json.key("failures");
  json.begin_array();
  for (const Failure& failure : job.failures) add_failure(json, failure);
  json.end_array();
  json.end_object();
  return json.take() + "\n";
}

/// By gmtime(), because a damaged store may contain any time.
std::string show_time(Clock::WallInstant at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(Wall::clock::to_time_t(seconds)));
}

std::string show_age(Microseconds age) {
  const auto seconds = age.count() / 1'000'000;
  const auto minutes = seconds / 60;
  const auto hours = minutes / 60;
  if (minutes == 0) return fmt::format("{} s", seconds);
  if (hours == 0) return fmt::format("{} min", minutes);
  if (hours < 24) return fmt::format("{} h {:02} min", hours, minutes % 60);
  return fmt::format("{} d {} h", hours / 24, hours % 24);
}

std::string show_age(Wall since, Wall now) {
  return show_age(between(since, now));
}

std::string show_ago(Wall at, Wall now) {
  return show_time(at) + ", " + show_age(at, now) + " ago";
}

}  // namespace evalx::app
