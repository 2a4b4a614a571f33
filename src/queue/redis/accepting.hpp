#pragma once
// Accepting: stores new jobs; jobs whose reply was lost are offered again, because only their
// tokens can show whether they were stored.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/loop_thread.hpp"
#include "queue/redis/census.hpp"
#include "queue/redis/scripts.hpp"
#include "queue/store.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread, accept() aside.
class Accepting {
 public:
  using AcceptCall = std::shared_ptr<Call<std::vector<Accepted>>>;

  /// All references must outlive this object.
  Accepting(LoopThread& thread, Scripts& scripts, const StoreOptions& options, Census& census)
      : thread_(thread), scripts_(scripts), options_(options), census_(census) {}

  /// From any thread. As Inbox::accept_all().
  void accept(std::vector<NewJob> jobs, AcceptCall call);
  /// Offers the jobs whose replies were lost. Call it when Redis is connected again.
  void offer_again();
  /// Answers all calls.
  void close();

 private:
  using Arguments = std::vector<std::string>;
  /// Jobs that may be stored.
  struct Unsure {
    Arguments args;
    AcceptCall call;
    std::size_t size = 0;
    std::optional<Deadlines::Key> deadline;  ///< Then the caller is answered OutcomeUnknown.
    bool is_asking = false;
  };

  void begin(Arguments args, const AcceptCall& call);
  void doubt(Arguments args, const AcceptCall& call);
  void offer(std::uint64_t id);
  void give_up(std::uint64_t id);
  void settle(std::uint64_t id, Result<std::vector<Accepted>> answer);
  Result<std::vector<Accepted>> read(const Reply& reply);

  LoopThread& thread_;
  Scripts& scripts_;
  const StoreOptions& options_;
  Census& census_;
  bool closed_ = false;
  std::uint64_t next_ = 1;
  std::size_t unsure_bytes_ = 0;
  std::map<std::uint64_t, Unsure> unsure_;
};

}  // namespace evalx::queue::redis
