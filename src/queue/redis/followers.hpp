#pragma once
// Followers: calls that wait for events or for the end of a job. Messages of Redis wake them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "queue/loop_thread.hpp"
#include "queue/redis/scripts.hpp"
#include "queue/store.hpp"

namespace evalx::queue::redis {

/// Belongs to the hub's thread, follow() aside.
class Followers {
 public:
  using Until = Store::Until;
  using EventsCall = std::shared_ptr<Call<Events>>;

  Followers(LoopThread& thread, Scripts& scripts) : thread_(thread), scripts_(scripts) {}

  /// From any thread. Answers as Inbox::events(). `owner` is the object that keeps these followers
  /// alive.
  void follow(const std::weak_ptr<void>& owner, std::string token, Place after, Until until,
              Milliseconds patience, EventsCall call);
  /// Call it when the job may have news: its followers ask Redis.
  void wake(const std::string& token);
  /// Call it when messages were missed: all followers ask Redis.
  void wake_all();
  /// Answers all calls as if their patience were over. Later calls have no patience.
  void end_waits();
  /// Answers all calls with `why`. Later calls are answered Unavailable.
  void close(const Error& why);

 private:
  struct Follower {
    std::string token;
    Place after;
    Until until = Until::NextEvent;
    EventsCall call;
    std::optional<Deadlines::Key> deadline;
    bool is_patient = true;  ///< Waits for news; otherwise any reply answers the call.
    bool asking = false, ask_again = false;
  };

  void begin(std::uint64_t id, Follower follower, Milliseconds patience);
  void ask(std::uint64_t id);
  void take_reply(std::uint64_t id, const Result<Reply>& reply);
  void stop(std::uint64_t id, Result<Events> answer);

  LoopThread& thread_;
  Scripts& scripts_;
  bool closed_ = false;
  bool waits_ended_ = false;
  std::atomic<std::uint64_t> next_id_{1};
  std::unordered_map<std::uint64_t, Follower> followers_;
  std::unordered_multimap<std::string, std::uint64_t> by_token_;
};

}  // namespace evalx::queue::redis
