#pragma once
// Hub: the one thread of a process that talks to Redis: for callers, for its worker's session, and
// for the upkeep of the store.

#include <atomic>
#include <future>
#include <memory>

#include "queue/redis/claims.hpp"
#include "queue/redis/followers.hpp"
#include "queue/redis/redis_queue.hpp"

namespace evalx::queue::redis {

/// Three connections: `commands`, `heart` for renewals alone, and `messages`, which is subscribed.
/// Its parts belong to its thread.
class Hub final : public Store, public std::enable_shared_from_this<Hub> {
 public:
  explicit Hub(Options options);
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  ~Hub() override;

  /// Returns when Redis answers. Errors: not_connected.
  Result<> start();

  void close() override;
  void accept(std::vector<NewJob> jobs, std::shared_ptr<Call<std::vector<Accepted>>> call) override;
  void change(std::string token, Change change, Words words, Changed changed) override;
  void checkpoint(LeaseId id, std::string part, std::shared_ptr<Call<void>> call) override;
  void lease(Milliseconds patience, LeaseCall call) override;
  void stopped(LeaseId id) override;
  void find(std::string token, Parts parts, std::shared_ptr<Call<Record>> call) override;
  void list(ListFilter filter, std::shared_ptr<Call<Listing>> call) override;
  void progress(LeaseId id, std::string kind, std::string data) override;
  void follow(std::string token, std::uint64_t after_seq, Until until, Milliseconds patience,
              std::shared_ptr<Call<Events>> call) override;
  void end_waits() override;
  void announce(std::string announcement) override;
  void workers(std::shared_ptr<Call<LiveWorkers>> call) override;
  [[nodiscard]] const Figures& figures() const override { return census_.figures(); }

 private:
  // hub.cpp: start, messages, shutdown.
  Connection::Hooks commands_hooks();
  Connection::Hooks heart_hooks();
  Connection::Hooks messages_hooks();
  Session::Hooks session_hooks();
  void note_connected();
  void take_message(const Reply& message);
  void check_holding(const std::string& token);
  void shut_down();

  // upkeep.cpp: regular tasks.
  void upkeep();
  void reap();
  void reconcile();
  void lose_workers(const Reply& leases);
  void expire(const Reply& tokens);

  // asking.cpp: requests that one script answers.
  /// Runs a script, whose reply or refusal answers `call`.
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
  std::atomic<std::size_t> waiting_progress_{0};
  LoopThread::Instant reap_from_{};  ///< A lease after Redis came back: sessions may renew first.

  Census census_;
  Holdings holdings_;
  Changes changes_;
  CutOff cut_off_;
  Session session_;
  Claims claims_;
  Followers followers_;
};

}  // namespace evalx::queue::redis
