#pragma once
// CallbackLanes: the callbacks that wait or are sent, in memory, in the order in which they are
// due; a lane that has too many under way is passed over.

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace evalx::queue::sqlite {

/// Belongs to the writer's thread.
class CallbackLanes {
 public:
  using Instant = Clock::Instant;

  /// A callback waits until `due`. `since`: when its job ended. Replaces what was known of the
  /// token.
  void wait(const std::string& token, const std::string& lane, Instant since, Instant due);
  /// One that is sent now waits again, and is due as before.
  void wait_again(const std::string& token);
  /// It neither waits nor is sent any more.
  void remove(const std::string& token);
  /// At most `limit` callbacks that are due, the longest due first, at most kCallbacksPerLane of a
  /// lane. Until wait() or remove() they count as sent now.
  std::vector<std::string> take(Instant now, std::size_t limit);

  /// When take() would return something.
  [[nodiscard]] std::optional<Instant> next() const;
  [[nodiscard]] std::size_t size() const { return known_.size(); }
  [[nodiscard]] std::optional<Instant> oldest_since() const;

 private:
  using Due = std::pair<Instant, std::string>;  ///< And the token, or the lane.
  struct Lane {
    std::set<Due> waiting;
    std::size_t sending = 0;
  };
  struct Known {
    std::string lane;
    Instant since;
    Instant due;
    bool is_sent = false;  ///< Now.
  };
  using Lanes = std::map<std::string, Lane>;

  /// Removes a lane from `ready_` before it changes, and adds it again after that.
  void change(const std::string& name, const std::function<void(Lane&)>& change);
  [[nodiscard]] static std::optional<Instant> next_of(const Lane& lane);

  std::unordered_map<std::string, Known> known_;
  Lanes lanes_;
  std::set<Due> ready_;     ///< The lanes that have room and something to send.
  std::set<Due> by_since_;  ///< Tokens.
};

}  // namespace evalx::queue::sqlite
