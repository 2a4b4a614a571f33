#include "show/worker_report.hpp"

#include <algorithm>
#include <optional>

#include "show/job_report.hpp"
#include "submission/json_writer.hpp"
#include "terminal/table.hpp"
#include "worker/announcement.hpp"

namespace evalx::app {
namespace {

using queue::LiveWorker;
using submission::JsonWriter;
using worker::Announcement;

constexpr const char* kUnknown = "-";

std::string languages_of(const Announcement& announced) {
  std::string text;
  for (const auto& [id, version] : announced.languages) {
    text.append(text.empty() ? "" : ", ").append(id).append(" ").append(version);
  }
  return text.empty() ? "none" : text;
}

std::string age_of(const LiveWorker& worker, Clock::WallInstant now) {
  if (!worker.since) return kUnknown;
  const auto age = std::chrono::duration_cast<Microseconds>(now - *worker.since);
  return show_age(std::max(age, Microseconds{0}));
}

void add_announcement(JsonWriter& json, const Announcement& announced) {
  json.begin_object();
  json.text("version", announced.version);
  worker::write_sandbox(json, announced);
  json.key("max_concurrent_sandboxes");
  json.number(announced.sandboxes);
  json.key("memory_budget_mb");
  json.number(announced.memory_budget_mb);
  worker::write_languages(json, announced);
  json.end_object();
}

}  // namespace

std::string table_of(const queue::LiveWorkers& fleet, const terminal::Paint& paint,
                     std::size_t width) {
  using Align = terminal::Column::Align;
  terminal::Table table{{{"worker"},
                         {"since", Align::Right},
                         {"jobs", Align::Right},
                         {"sandboxes", Align::Right},
                         {"evalX"},
                         {"languages"}}};
  for (const LiveWorker& worker : fleet.workers) {
    const auto announced = worker::decode_announcement(worker.announcement);
    table.add({{worker.session},
               {age_of(worker, fleet.now)},
               {std::to_string(worker.jobs)},
               {announced ? std::to_string(announced->sandboxes) : kUnknown},
               {announced ? announced->version : kUnknown},
               announced ? terminal::Cell{languages_of(*announced)}
                         : terminal::Cell{"not announced", terminal::Style::Dim}});
  }
  return table.render(paint, width);
}

std::string json_of(const queue::LiveWorkers& fleet) {
  JsonWriter json;
  json.begin_array();
  for (const LiveWorker& worker : fleet.workers) {
    json.begin_object();
    json.text("worker", worker.session);
    json.key("since");
    worker.since ? json.text(show_time(*worker.since)) : json.null();
    json.key("jobs");
    json.number(worker.jobs);
    const auto announced = worker::decode_announcement(worker.announcement);
    json.key("announced");
    announced ? add_announcement(json, *announced) : json.null();
    json.end_object();
  }
  json.end_array();
  return json.take() + "\n";
}

}  // namespace evalx::app
