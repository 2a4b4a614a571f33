#pragma once
// Outbox: the events of this process's jobs on their way to Redis; each is kept until Redis has it.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "queue/loop_thread.hpp"
#include "queue/redis/holdings.hpp"
#include "queue/redis/scripts.hpp"

namespace evalx::queue::redis {

/// The events of a lease are numbered. Redis takes each number once, and notes a number that is
/// missing: the job's stream is then not whole.
class Outbox {
 public:
  /// All references must outlive this object.
  Outbox(LoopThread& thread, Scripts& scripts, Holdings& holdings)
      : thread_(thread), scripts_(scripts), holdings_(holdings) {}

  /// From any thread. Dropped if the job is not held under this lease, or if too many events wait.
  void add(LeaseId id, std::string kind, std::string data);

  // On the hub's thread.

  /// Sends the events whose replies did not come, in order. Call it when Redis is connected again.
  void send_again();
  /// The number of the last event that was added, also if it was dropped. nullopt if the job is not
  /// held under this lease.
  [[nodiscard]] std::optional<std::uint64_t> last_of(const LeaseId& id);

 private:
  void take(const LeaseId& id, std::string kind, std::string data);
  void send(const LeaseId& id, const Holdings::Event& event);
  void take_reply(const LeaseId& id, std::uint64_t number, const Result<Reply>& reply);
  void note_dropped();

  LoopThread& thread_;
  Scripts& scripts_;
  Holdings& holdings_;
  std::atomic<std::size_t> waiting_{0};     ///< Not taken by the hub's thread yet.
  std::atomic<std::uint64_t> dropped_{0};   ///< Because too many were waiting.
  std::uint64_t noted_dropped_ = 0;
};

}  // namespace evalx::queue::redis
