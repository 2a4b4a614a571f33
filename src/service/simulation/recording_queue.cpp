#include "service/simulation/recording_queue.hpp"

#include "submission/decode.hpp"

namespace evalx::service::simulation {
namespace {

using Kind = Event::Kind;

}  // namespace

void RecordingQueue::begin(const queue::Leased& leased) {
  const queue::LeaseId& id = leased.id;
  // The client may not have its token yet. The source begins with the submission's name.
  if (const auto spec = submission::decode_stored_submission(leased.spec, submission::any_limits())) {
    const std::string& source = spec->files.front().content;
    journal_.learn(id.token, source.substr(0, source.find(' ')));
  }
  for (const Kind kind : {Kind::Granted, Kind::Started}) {
    journal_.add(kind, id.token, id.lease).worker = worker_;
  }
  for (const std::string& part : leased.checkpoint) {
    Event& event = journal_.add(Kind::Resumed, id.token, id.lease);
    event.worker = worker_;
    event.result = digest_of(part);
  }
  running_.insert({id.token, id.lease});
}

void RecordingQueue::end(const queue::LeaseId& id) {
  if (running_.erase({id.token, id.lease}) == 0) return;
  journal_.add(Kind::Stopped, id.token, id.lease).worker = worker_;
}

void RecordingQueue::died() {
  while (!running_.empty()) end({running_.begin()->first, running_.begin()->second});
}

Task<Result<std::optional<queue::Leased>>> RecordingQueue::lease(Milliseconds patience) {
  auto leased = co_await inner_.lease(patience);
  if (leased && *leased) begin(**leased);
  co_return leased;
}

Task<Result<>> RecordingQueue::complete(queue::LeaseId id, std::string result) {
  end(id);
  const queue::LeaseId ours = id;
  const std::uint64_t digest = digest_of(result);
  const StoreTime asked = journal_.time();
  const auto done = co_await inner_.complete(std::move(id), std::move(result));
  if (done) {
    Event& event = journal_.add(Kind::Published, ours.token, ours.lease);
    event.result = digest;
    event.at = asked;
  }
  co_return done;
}

Task<Result<>> RecordingQueue::release(queue::LeaseId id) {
  end(id);
  return inner_.release(std::move(id));
}

Task<Result<queue::State>> RecordingQueue::retry(queue::LeaseId id, std::string cause,
                                                 std::string final_result) {
  end(id);
  return inner_.retry(std::move(id), std::move(cause), std::move(final_result));
}

Task<Result<>> RecordingQueue::reject(queue::LeaseId id, std::string cause,
                                      std::string final_result) {
  end(id);
  return inner_.reject(std::move(id), std::move(cause), std::move(final_result));
}

Task<Result<>> RecordingQueue::checkpoint(queue::LeaseId id, std::string part) {
  const queue::LeaseId ours = id;
  const std::uint64_t digest = digest_of(part);
  const auto add = [&](Kind kind) {
    Event& event = journal_.add(kind, ours.token, ours.lease);
    event.worker = worker_;
    event.result = digest;
  };
  add(Kind::Saving);
  const auto saved = co_await inner_.checkpoint(std::move(id), std::move(part));
  if (saved) add(Kind::Saved);
  co_return saved;
}

}  // namespace evalx::service::simulation
