#pragma once
// Changes: changes jobs in Redis: reads the job, asks the state machine, stores by compare-and-set.

#include <memory>
#include <string>

#include "queue/loop_thread.hpp"
#include "queue/machine.hpp"
#include "queue/redis/census.hpp"
#include "queue/redis/holdings.hpp"
#include "queue/redis/outbox.hpp"
#include "queue/redis/scripts.hpp"
#include "queue/store.hpp"

namespace evalx::queue::redis {

class Changes {
 public:
  struct Here {  ///< The parts that know the jobs of this process.
    Census& census;
    Holdings& holdings;
    Outbox& outbox;
  };
  /// All references must outlive this object.
  Changes(LoopThread& thread, Scripts& scripts, const StoreOptions& options, Here here);

  /// From any thread; `changed` runs once, on the hub's thread. Errors: the state machine's;
  /// Unavailable, after which the change may have been made.
  void change(std::string token, Change change, Words words, Store::Changed changed);

 private:
  struct Changing {
    std::string token;
    Change change;
    Words words;
    std::string digest;  ///< That of the result; empty: not calculated yet.
    Store::Changed changed;
    unsigned tries = 0;
  };
  using Pointer = std::shared_ptr<Changing>;

  void look(const Pointer& changing);
  void decide(const Pointer& changing, const Reply& found);
  std::string last_event(const Changing& changing);
  void store(const Pointer& changing, const Reply& fields, const Step& next);
  void settled(const Changing& changing, const Job& before, const Step& next);
  void refused(const Pointer& changing, const Reply& found, const Error& why);

  LoopThread& thread_;
  Scripts& scripts_;
  const StoreOptions& options_;
  Census& census_;
  Holdings& holdings_;
  Outbox& outbox_;
};

}  // namespace evalx::queue::redis
