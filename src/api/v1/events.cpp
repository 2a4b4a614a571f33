#include "api/v1/events.hpp"

#include "api/answers.hpp"
#include "api/v1/event_text.hpp"
#include "submission/token.hpp"

namespace evalx::api::v1 {
namespace {

using Source = EventId::Source;

/// The reconnection time in ms. Sent at once, so that the client sees that it is connected.
constexpr std::string_view kRetry = "retry: 1000\n\n";

class EventStream final : public http::BodyStream {
 public:
  /// `after` is the place of the client, which has `has_events`.
  EventStream(queue::Inbox& queue, const std::atomic<bool>& closed, std::string token,
              queue::Place after, bool has_events)
      : queue_(queue),
        closed_(closed),
        token_(std::move(token)),
        after_(std::move(after)),
        has_events_(has_events) {}

  /// Appends events of the queue to those that will be sent. Errors: the queue's.
  Task<Result<>> add(queue::Events batch) {
    if (batch.ended && !batch.is_whole) co_return co_await show_result();
    if (!batch.continues) reset();
    for (queue::Event& event : batch.events) {
      if (event.kind == "finished") break;  // It is sent with the verdict.
      after_ = {batch.life, event.seq};
      append_event(pending_, EventId{Source::Stream, after_}, event.kind, event.data);
      has_events_ = true;
    }
    if (!batch.ended) co_return Result<>{};
    auto record = co_await queue_.find_state(token_);
    if (!record) co_return tl::make_unexpected(std::move(record).error());
    if (queue::is_terminal(record->state)) finish(end_of(*record));
    ended_ = true;  // If it runs again, the client reconnects.
    co_return Result<>{};
  }

  /// Shows a finished submission from its result instead.
  Task<Result<>> show_result() {
    auto record = co_await queue_.find_state(token_);
    if (!record) co_return tl::make_unexpected(std::move(record).error());
    if (queue::is_terminal(record->state)) {
      reset();
      show(events_of(*record), 0);
    }
    ended_ = true;
    co_return Result<>{};
  }
  /// The rest of a result, after the event `seq`.
  void show(const ResultEvents& all, std::uint64_t seq) {
    for (std::size_t i = seq; i < all.events.size(); ++i) {
      const queue::Event& event = all.events[i];
      append_event(pending_, EventId{Source::Result, {all.life, event.seq}}, event.kind,
                   event.data);
    }
    finish(all);
  }

  Task<std::optional<std::string>> next() override {
    if (pending_.empty() && !ended_) {
      queue::Place after = after_;
      auto batch = co_await queue_.events(token_, std::move(after), kHeartbeat);
      // The stream may end here: the client reconnects with the id of its last event.
      if (!batch) co_return std::nullopt;
      const auto added = co_await add(*std::move(batch));
      if (!added) ended_ = true;
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
  /// The client must forget its events. It keeps its last id until another comes.
  void reset() {
    if (has_events_) append_event(pending_, std::nullopt, "reset", "{}");
    has_events_ = false;
  }
  void finish(const ResultEvents& all) {
    append_event(pending_, EventId{Source::Result, {all.life, EventId::kEnd}}, "finished",
                 all.finished);
    ended_ = true;
  }

  queue::Inbox& queue_;
  const std::atomic<bool>& closed_;
  const std::string token_;
  queue::Place after_;
  bool has_events_;
  std::string pending_{kRetry};
  bool ended_ = false;
};

http::Response stream_response(std::unique_ptr<EventStream> stream) {
  http::Response response;
  response.headers.push_back({"Content-Type", "text/event-stream"});
  response.headers.push_back({"Cache-Control", "no-store"});
  // Without this, nginx keeps events back until its buffer is full.
  response.headers.push_back({"X-Accel-Buffering", "no"});
  response.stream = std::move(stream);
  return response;
}

}  // namespace

/// The client has a part of a finished submission's result, or all of it. nullopt if that result is
/// not the present one.
Task<Result<std::optional<http::Response>>> Events::continue_result(std::string token,
                                                                    EventId last) {
  auto record = co_await queue_.find_state(token);
  if (!record) co_return tl::make_unexpected(std::move(record).error());
  if (!queue::is_terminal(record->state) || end_of(*record).life != last.place.life) {
    co_return std::optional<http::Response>{};
  }
  std::optional<http::Response> response{std::in_place};
  if (last.place.seq == EventId::kEnd) {
    response->status = 204;
  } else {
    auto stream = std::make_unique<EventStream>(queue_, closed_, std::move(token), last.place, true);
    stream->show(events_of(*record), last.place.seq);
    response = stream_response(std::move(stream));
  }
  co_return response;
}

Task<http::Response> Events::open(std::string token, std::optional<std::string> last_event_id) {
  if (!submission::is_token(token)) co_return unknown_submission();
  const bool has_events = last_event_id && !last_event_id->empty();
  EventId last = parse_event_id(last_event_id.value_or(""));
  if (last.source == Source::Result) {
    auto response = co_await continue_result(token, last);
    if (!response) co_return queue_problem(response.error(), queue_.figures());
    if (*response) co_return **std::move(response);
  }
  queue::Place after = last.source == Source::Stream ? std::move(last.place) : queue::Place{};
  queue::Place asked = after;
  auto batch = co_await queue_.events(token, std::move(asked), Milliseconds{0});
  if (!batch) co_return queue_problem(batch.error(), queue_.figures());
  auto stream = std::make_unique<EventStream>(queue_, closed_, std::move(token), std::move(after),
                                              has_events);
  const auto added = co_await stream->add(*std::move(batch));
  if (!added) co_return queue_problem(added.error(), queue_.figures());
  co_return stream_response(std::move(stream));
}

}  // namespace evalx::api::v1
