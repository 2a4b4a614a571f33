#pragma once
// Store: the part of a queue that each backend implements. Each function takes a call, returns, and
// answers the call later.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "queue/call.hpp"
#include "queue/eviction.hpp"
#include "queue/machine.hpp"
#include "queue/queue.hpp"
#include "queue/waiting_line.hpp"

namespace evalx::queue {

/// Options of every backend.
struct StoreOptions {
  std::size_t capacity = 100'000;  ///< Queued jobs; beyond it accept() answers Full.
  Rules rules;
  std::chrono::seconds retention = std::chrono::hours{24};  ///< Finished jobs are then deleted.
  /// Bytes of all finished jobs, as kept_bytes() counts them. Beyond it the oldest finished jobs
  /// are deleted, at most kEvictedPerSecond, but never the newest one.
  Bytes result_capacity = kNoResultCapacity;

  // These run on the store's thread, or while it is opened. They must not block.

  /// The result of a job that ends Dead because its workers died or because it is damaged. Its
  /// record has everything but the result. Default: a short JSON object.
  std::function<std::string(const Record&)> dead_result;
  /// The result of a job that ends Expired. Its record has no spec, no failures and no result.
  /// Default: a short JSON object.
  std::function<std::string(const Record&)> expired_result;

  void fill_defaults();
};

using CallbacksCall = std::shared_ptr<Call<std::vector<DueCallback>>>;

/// Functions may be called from any thread until close(). All but close() return at once. They
/// fulfil the functions of the same names in Inbox, Work, Callbacks and Operations.
class Store {
 public:
  enum class Parts { All, State };      ///< State: without spec and failures.
  enum class Until { NextEvent, End };  ///< When follow() answers. End: the answer has no events.
  using Changed = std::function<void(Result<State>)>;

  virtual ~Store() = default;
  /// Answers all calls; those that wait, Unavailable. Releases the leases, ends the session, and
  /// returns when the store's threads have ended.
  virtual void close() = 0;

  virtual void accept(std::vector<NewJob> jobs,
                      std::shared_ptr<Call<std::vector<Accepted>>> call) = 0;
  /// `changed` runs on the store's thread, once.
  virtual void change(std::string token, Change change, Words words, Changed changed) = 0;
  virtual void erase(std::string token, std::shared_ptr<Call<void>> call) = 0;
  virtual void checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call) = 0;
  virtual void lease(Milliseconds patience, LeaseCall call) = 0;
  virtual void stopped(LeaseId id) = 0;
  virtual void find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call) = 0;
  virtual void list(ListFilter filter, std::shared_ptr<Call<Listing>> call) = 0;
  virtual void progress(LeaseId id, std::string kind, std::string data) = 0;
  virtual void follow(std::string token, Place after, Until until, Milliseconds patience,
                      std::shared_ptr<Call<Events>> call) = 0;
  virtual void end_waits() = 0;
  virtual void announce(std::string announcement) = 0;
  virtual void end_soon() = 0;
  virtual void workers(std::shared_ptr<Call<LiveWorkers>> call) = 0;
  virtual void take_callbacks(std::size_t limit, Milliseconds patience, CallbacksCall call) = 0;
  virtual void settle_callback(CallbackLease id, CallbackEnd end,
                               std::shared_ptr<Call<void>> call) = 0;
  virtual void list_callbacks(CallbackFilter filter,
                              std::shared_ptr<Call<CallbackListing>> call) = 0;
  virtual void find_callback(std::string token, std::shared_ptr<Call<ListedCallback>> call) = 0;
  virtual void resend_callback(std::string token, std::shared_ptr<Call<void>> call) = 0;
  virtual void withdraw_callback(std::string token, std::shared_ptr<Call<void>> call) = 0;
  [[nodiscard]] virtual const Figures& figures() const = 0;
};

/// A Queue that uses `store`. Its destructor closes the store.
std::unique_ptr<Queue> queue_on(std::shared_ptr<Store> store);

}  // namespace evalx::queue
