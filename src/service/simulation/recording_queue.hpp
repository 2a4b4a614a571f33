#pragma once
// RecordingQueue: writes into the journal which jobs a worker gets, saves and publishes.

#include <set>
#include <utility>

#include "service/simulation/forwarding_queue.hpp"
#include "service/simulation/journal.hpp"

namespace evalx::service::simulation {

class RecordingQueue final : public ForwardingQueue {
 public:
  /// `worker`: the name of the process.
  RecordingQueue(queue::Queue& inner, Journal& journal, std::string worker)
      : ForwardingQueue(inner), journal_(journal), worker_(std::move(worker)) {}

  Task<Result<std::optional<queue::Leased>>> lease(Milliseconds patience) override;
  Task<Result<>> complete(queue::LeaseId id, std::string result) override;
  Task<Result<>> release(queue::LeaseId id) override;
  Task<Result<queue::State>> retry(queue::LeaseId id, std::string cause,
                                   std::string final_result) override;
  Task<Result<>> reject(queue::LeaseId id, std::string cause, std::string final_result) override;
  Task<Result<>> checkpoint(queue::LeaseId id, std::string part) override;

  /// The process has died: its programs are dead.
  void died();

 private:
  void begin(const queue::Leased& leased);
  void end(const queue::LeaseId& id);

  Journal& journal_;
  const std::string worker_;
  std::set<std::pair<std::string, std::uint64_t>> running_;  ///< Tokens and leases.
};

}  // namespace evalx::service::simulation
