#pragma once
// Journal: the history of a run. Its names for tokens and leases do not depend on their random bits.

#include <map>
#include <string>
#include <string_view>

#include "queue/simulation/history.hpp"
#include "service/simulation/world.hpp"

namespace evalx::service::simulation {

using queue::simulation::Event;
using queue::simulation::History;

/// 64 bits, never 0.
std::uint64_t digest_of(std::string_view text);

class Journal {
 public:
  explicit Journal(const World& world) : world_(world) {}

  /// The reference is valid until the next call.
  Event& add(Event::Kind kind);
  /// `token` is the job's.
  Event& add(Event::Kind kind, const std::string& token);
  Event& add(Event::Kind kind, const std::string& token, std::uint64_t lease);

  /// The job `token` was made by the submission `name`. Another job of the same submission, sent
  /// twice, is "NAME.2".
  void learn(const std::string& token, const std::string& name);
  [[nodiscard]] StoreTime time() const { return world_.time(); }
  /// "?" if it was not learnt.
  [[nodiscard]] std::string name_of(const std::string& token) const;
  /// All tokens by their jobs' names.
  [[nodiscard]] const std::map<std::string, std::string>& tokens() const { return tokens_; }
  /// The same place with a name for its life, which begins with random bits.
  std::string place_of(const std::string& id);

  History history;

 private:
  const World& world_;
  std::map<std::string, std::string> names_, tokens_, lives_;
  std::map<std::uint64_t, std::uint64_t> leases_;
};

}  // namespace evalx::service::simulation
