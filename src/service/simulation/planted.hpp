#pragma once
// Planted: bugs between the real parts, which the checker must find.

#include <map>
#include <memory>
#include <string>

#include "http/message.hpp"
#include "service/simulation/forwarding_queue.hpp"
#include "service/simulation/world.hpp"

namespace evalx::service::simulation {

enum class Bug {
  None,
  SkipsAnEvent,            ///< An event of a stream is not sent; the ids show the gap.
  LosesAnEvent,            ///< An event is lost on its way to the stream; the ids are contiguous.
  RepeatsKeptTests,        ///< A job that resumes sends a kept test again.
  ContinuesByNumber,       ///< The life in an id is ignored.
  FinishesWithoutVerdict,  ///< "finished" has the state alone.
  NeverFinishes,           ///< A stream ends without "finished".
  AnswersBeforeCommit,     ///< 202 is sent while the job waits for the disk, for up to two seconds.
  RefusesWhatIsStored,     ///< 503, but the job was stored.
};

/// Between the API with its worker and the real queue.
class PlantedQueue final : public ForwardingQueue {
 public:
  /// `executor`: the loop of the callers.
  PlantedQueue(queue::Queue& inner, Bug bug, World& world, const Executor& executor)
      : ForwardingQueue(inner), bug_(bug), world_(world), executor_(executor) {}

  Task<Result<queue::Accepted>> accept(queue::NewJob job) override;
  Task<Result<queue::Events>> events(std::string token, queue::Place after,
                                     Milliseconds patience) override;
  void progress(const queue::LeaseId& id, std::string kind, std::string data) override;

 private:
  const Bug bug_;
  World& world_;
  const Executor executor_;
  const std::shared_ptr<bool> lives_ = std::make_shared<bool>();
  unsigned accepts_ = 0, tests_ = 0;
  std::map<std::string, std::string> first_tests_;  ///< By token.
};

/// Between the API and its clients.
http::Response planted(Bug bug, http::Response response);

}  // namespace evalx::service::simulation
