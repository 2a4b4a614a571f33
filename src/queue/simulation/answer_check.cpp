#include "queue/simulation/answer_check.hpp"

#include <map>
#include <set>

namespace evalx::queue::simulation {
namespace {

using Kind = Event::Kind;

constexpr unsigned kNotFound = 404;

}  // namespace

Violations check_answers(const History& history, Microseconds retention) {
  Violations violations;
  std::map<std::string, StoreTime> accepted;  // By job.
  std::map<std::string, std::string> stored;  // By key: the job.
  std::set<std::string> accepted_keys, refused_keys;
  bool has_lost = false;
  for (const Event& event : history) {
    if (event.kind == Kind::Accepted) {
      accepted.try_emplace(event.job, event.at.value_or(event.time));
      accepted_keys.insert(event.key);
    }
    if (event.kind == Kind::Lost) has_lost = true;
    if (event.kind == Kind::Refused) refused_keys.insert(event.key);
    if (event.kind == Kind::Stored && !event.key.empty()) stored[event.key] = event.job;
    const bool is_missing = (event.kind == Kind::Answered || event.kind == Kind::Opened) &&
                            event.status == kNotFound;
    if (!is_missing || has_lost) continue;
    const auto known = accepted.find(event.job);
    if (known != accepted.end() && event.time < known->second + retention) {
      violations.push_back("A1 " + event.job + " was accepted, and is not found: " +
                           to_line(event));
    }
  }
  for (const std::string& key : refused_keys) {
    if (accepted_keys.contains(key) || !stored.contains(key)) continue;
    violations.push_back("A2 " + stored[key] + " is stored, although " + key + " was refused");
  }
  return violations;
}

}  // namespace evalx::queue::simulation
