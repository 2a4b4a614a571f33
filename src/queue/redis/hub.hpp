#pragma once
// Hub: the store in Redis. One thread of the process talks to Redis, for callers, for the session
// of this process as a worker, and for the upkeep of the store.

#include <atomic>
#include <future>
#include <memory>
#include <optional>

#include "queue/redis/accepting.hpp"
#include "queue/redis/callback_calls.hpp"
#include "queue/redis/callback_leases.hpp"
#include "queue/redis/claims.hpp"
#include "queue/redis/evicting.hpp"
#include "queue/redis/followers.hpp"
#include "queue/redis/outbox.hpp"
#include "queue/redis/redis_queue.hpp"

namespace evalx::queue::redis {

/// It has three connections: `commands`, `heart` for renewals alone, and `messages` for
/// subscriptions. Its parts belong to its thread.
class Hub final : public Store, public std::enable_shared_from_this<Hub> {
 public:
  explicit Hub(Options options);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub() override;

  /// Returns when all connections are ready. Errors: not_connected after ten seconds.
  Result<> start();

  void close() override;
  void accept(std::vector<NewJob> jobs, std::shared_ptr<Call<std::vector<Accepted>>> call) override;
  void change(std::string token, Change change, Words words, Changed changed) override;
  void erase(std::string token, std::shared_ptr<Call<void>> call) override;
  void checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call) override;
  void lease(Milliseconds patience, LeaseCall call) override;
  void stopped(LeaseId id) override;
  void find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call) override;
  void list(ListFilter filter, std::shared_ptr<Call<Listing>> call) override;
  void progress(LeaseId id, std::string kind, std::string data) override;
  void follow(std::string token, Place after, Until until, Milliseconds patience,
              std::shared_ptr<Call<Events>> call) override;
  void end_waits() override;
  void announce(std::string announcement) override;
  void end_soon() override;
  void workers(std::shared_ptr<Call<LiveWorkers>> call) override;
  void take_callbacks(std::size_t limit, Milliseconds patience, CallbacksCall call) override;
  void settle_callback(CallbackLease id, CallbackEnd end,
                       std::shared_ptr<Call<void>> call) override;
  void list_callbacks(CallbackFilter filter, std::shared_ptr<Call<CallbackListing>> call) override;
  void find_callback(std::string token, std::shared_ptr<Call<ListedCallback>> call) override;
  void resend_callback(std::string token, std::shared_ptr<Call<void>> call) override;
  void withdraw_callback(std::string token, std::shared_ptr<Call<void>> call) override;
  [[nodiscard]] const Figures& figures() const override { return census_.figures(); }

 private:
  // hub.cpp: start, messages, shutdown.
  Connection::Hooks commands_hooks();
  Connection::Hooks heart_hooks();
  Connection::Hooks messages_hooks();
  Session::Hooks session_hooks();
  CallbackCalls::Hooks callback_hooks();
  void note_connected();
  void take_message(const Reply& message);
  void check_holding(const std::string& token);
  void shut_down();

  // upkeep.cpp: regular tasks.
  void upkeep();
  void reap();
  void probe();
  void reconcile();
  void reconcile_callbacks();
  void lose_workers(const Reply& leases);
  void expire(const Reply& tokens);

  // asking.cpp: requests that one script answers.
  /// From any thread. Runs a script on the hub's thread; `read` turns its reply into the answer to
  /// `call`. Without a reply the answer is Unavailable.
  template <class T, class Read>
  void ask(std::string_view script, std::vector<std::string> args, std::shared_ptr<Call<T>> call,
           Read read);

  const Options options_;
  LoopThread thread_;
  Connection commands_, heart_, messages_;
  Scripts scripts_, heart_scripts_;
  std::promise<void> connected_;
  bool is_connected_ = false;  ///< All three connections were ready once.
  bool closed_ = false;
  std::optional<LoopThread::Instant> probed_;  ///< When a probe was sent last.
  bool was_available_ = false;                 ///< A probe was answered well once.
  LoopThread::Instant reap_from_{};  ///< A lease after reconnecting, so that sessions renew first.

  Census census_;
  Holdings holdings_;
  Outbox outbox_;
  Accepting accepting_;
  Changes changes_;
  CutOff cut_off_;
  Session session_;
  Claims claims_;
  Followers followers_;
  Evicting evicting_;
  CallbackLeases callback_leases_;
  CallbackCalls callback_calls_;
};

}  // namespace evalx::queue::redis
