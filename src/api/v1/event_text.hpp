#pragma once
// EventText: the events of a submission as the text of a server-sent event stream (WHATWG HTML,
// section 9.2), and the ids by which a client resumes.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/inbox.hpp"

namespace evalx::api::v1 {

/// The meaning of an event's id, which is opaque to clients.
struct EventId {
  enum class Source {
    Unknown,  ///< None of ours, e.g. a number that an earlier release sent.
    Stream,   ///< The event stream of the queue.
    Result,   ///< The stored result of a finished submission; `place.life` names its end.
  };
  /// The place of "finished" in the events of a result.
  static constexpr std::uint64_t kEnd = UINT64_MAX;

  Source source = Source::Unknown;
  queue::Place place;
};

/// Reads any text.
EventId parse_event_id(std::string_view text);
std::string to_text(const EventId& id);

/// Appends one event. Without `id` the client keeps its last one.
void append_event(std::string& text, const std::optional<EventId>& id, std::string_view kind,
                  std::string_view data);

/// A finished submission as events.
struct ResultEvents {
  std::string life;                  ///< Another one if the submission ends again after a redrive.
  std::vector<queue::Event> events;  ///< "queued", "running", "compiled", each "test"; seq from 1.
  std::string finished;              ///< The data of "finished".
};

/// The life and the data of "finished"; leaves `events` empty. `record` must be terminal.
ResultEvents end_of(const queue::Record& record);
/// All of it. Reads the whole report, which takes some 10 ms per MiB.
ResultEvents events_of(const queue::Record& record);

}  // namespace evalx::api::v1
