#include "api/v1/event_text.hpp"

#include <charconv>

#include "api/v1/documents.hpp"
#include "queue/present.hpp"
#include "submission/decode_report.hpp"
#include "submission/encode.hpp"
#include "submission/json_writer.hpp"

namespace evalx::api::v1 {
namespace {

constexpr std::string_view kEndText = "end";
constexpr std::size_t kLifeBytesMax = 64;  // See queue::Place.

std::optional<std::uint64_t> parse_seq(std::string_view text) {
  if (text == kEndText) return EventId::kEnd;
  std::uint64_t seq = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seq);
  if (parsed.ec != std::errc{} || parsed.ptr != end || seq == EventId::kEnd) return std::nullopt;
  return seq;
}

std::string finished_data(const queue::Record& record) {
  submission::JsonWriter writer;
  writer.begin_object();
  writer.text("state", queue::name_of_end(record.state));
  writer.text("verdict", submission::to_string(verdict_of(record)));
  writer.end_object();
  return writer.take();
}

}  // namespace

EventId parse_event_id(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == text.npos || dash < 2 || dash > kLifeBytesMax) return {};
  const auto seq = parse_seq(text.substr(dash + 1));
  if (!seq || (text[0] != 's' && text[0] != 'r')) return {};
  return {text[0] == 's' ? EventId::Source::Stream : EventId::Source::Result,
          {std::string{text.substr(1, dash - 1)}, *seq}};
}

std::string to_text(const EventId& id) {
  const std::string seq =
      id.place.seq == EventId::kEnd ? std::string{kEndText} : std::to_string(id.place.seq);
  return (id.source == EventId::Source::Result ? "r" : "s") + id.place.life + "-" + seq;
}

void append_event(std::string& text, const std::optional<EventId>& id, std::string_view kind,
                  std::string_view data) {
  if (id) text.append("id: ").append(to_text(*id)).append("\n");
  text.append("event: ").append(kind);
  // A line break would end the field: each line of the data becomes a field of its own.
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    text.append("\ndata: ").append(data.substr(0, end));
    if (end == data.npos) break;
    data.remove_prefix(end + 1);
  }
  text.append("\n\n");
}

ResultEvents end_of(const queue::Record& record) {
  const auto ended = record.ended_at.value_or(record.accepted_at).time_since_epoch();
  ResultEvents all;
  all.life = std::to_string(std::chrono::duration_cast<Microseconds>(ended).count());
  all.finished = finished_data(record);
  return all;
}

ResultEvents events_of(const queue::Record& record) {
  ResultEvents all = end_of(record);
  const auto add = [&all](std::string kind, std::string data) {
    all.events.push_back({all.events.size() + 1, std::move(kind), std::move(data)});
  };
  add("queued", "{}");
  if (record.attempt > 0) add("running", queue::attempt_json(record.attempt));
  // If the queue itself ended the job, its result may be something else than a report.
  const auto report = submission::decode_report(record.result);
  if (!report) return all;
  if (report->compile) add("compiled", submission::encode_compile_event(*report->compile));
  for (const submission::TestReport& test : report->tests) {
    add("test", submission::encode_test_event(test));
  }
  return all;
}

}  // namespace evalx::api::v1
