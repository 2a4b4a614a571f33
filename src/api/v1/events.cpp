#include "api/v1/events.hpp"

#include "api/answers.hpp"
#include "api/v1/inputs.hpp"
#include "http/problem.hpp"
#include "submission/token.hpp"

namespace evalx::api::v1 {
namespace {

constexpr http::ProblemKind kInvalidEventId{400, "invalid_event_id", "Invalid event id"};

/// The reconnection time in ms. Sent at once, so that the client sees that it is connected.
constexpr std::string_view kRetry = "retry: 1000\n\n";

void append_event(std::string& text, const queue::Event& event) {
  text.append("id: ").append(std::to_string(event.seq));
  text.append("\nevent: ").append(event.kind);
  // A line break would end the field: each line of the data becomes a field of its own.
  std::string_view rest = event.data;
  for (;;) {
    const std::size_t end = rest.find_first_of("\r\n");
    text.append("\ndata: ").append(rest.substr(0, end));
    if (end == rest.npos) break;
    rest.remove_prefix(end + 1);
  }
  text.append("\n\n");
}

class EventStream final : public http::BodyStream {
 public:
  EventStream(queue::Inbox& queue, const std::atomic<bool>& closed, std::string token,
              std::uint64_t after)
      : queue_(queue), closed_(closed), token_(std::move(token)), after_(after) {}

  /// Appends events to those that will be sent.
  void add(const queue::Events& batch) {
    for (const queue::Event& event : batch.events) {
      append_event(pending_, event);
      after_ = event.seq;
    }
    ended_ = batch.ended;
  }

  Task<std::optional<std::string>> next() override {
    if (pending_.empty() && !ended_) {
      auto batch = co_await queue_.events(token_, after_, kHeartbeat);
      // The stream may end here: the client reconnects with the number of its last event.
      if (!batch) co_return std::nullopt;
      add(*batch);
      if (!ended_ && closed_) {
        pending_.append(": this server is shutting down\n").append(kRetry);
        ended_ = true;
      }
      if (pending_.empty() && !ended_) pending_ = ": nothing new\n\n";
    }
    if (pending_.empty()) co_return std::nullopt;
    co_return std::exchange(pending_, {});
  }

 private:
  queue::Inbox& queue_;
  const std::atomic<bool>& closed_;
  std::string token_;
  std::uint64_t after_;
  std::string pending_{kRetry};
  bool ended_ = false;
};

}  // namespace

Task<http::Response> Events::open(std::string token, std::optional<std::string> last_event_id) {
  if (!submission::is_token(token)) co_return unknown_submission();
  const auto after = last_event_id ? parse_event_id(*last_event_id) : std::uint64_t{0};
  if (!after) {
    co_return http::problem(kInvalidEventId, "Last-Event-ID must be the number of an event",
                            "Last-Event-ID");
  }
  auto batch = co_await queue_.events(token, *after, Milliseconds{0});
  if (!batch) co_return queue_problem(batch.error(), queue_.figures());
  http::Response response;
  if (batch->ended && batch->events.empty()) {
    response.status = 204;
    co_return response;
  }
  auto stream = std::make_unique<EventStream>(queue_, closed_, std::move(token), *after);
  stream->add(*batch);
  response.headers.push_back({"Content-Type", "text/event-stream"});
  response.headers.push_back({"Cache-Control", "no-store"});
  // Without this, nginx keeps events back until its buffer is full.
  response.headers.push_back({"X-Accel-Buffering", "no"});
  response.stream = std::move(stream);
  co_return response;
}

}  // namespace evalx::api::v1
