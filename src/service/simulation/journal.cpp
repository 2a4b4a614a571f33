#include "service/simulation/journal.hpp"

#include <algorithm>

namespace evalx::service::simulation {

std::uint64_t digest_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a.
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash | 1;
}

Event& Journal::add(Event::Kind kind) {
  Event& event = history.emplace_back();
  event.time = world_.time();
  event.kind = kind;
  return event;
}

Event& Journal::add(Event::Kind kind, const std::string& token) {
  Event& event = add(kind);
  event.job = name_of(token);
  return event;
}

Event& Journal::add(Event::Kind kind, const std::string& token, std::uint64_t lease) {
  Event& event = add(kind, token);
  event.lease = leases_.try_emplace(lease, leases_.size() + 1).first->second;
  return event;
}

void Journal::learn(const std::string& token, const std::string& name) {
  if (names_.contains(token)) return;
  std::string own = name;
  for (int more = 2; tokens_.contains(own); ++more) own = name + "." + std::to_string(more);
  names_[token] = own;
  tokens_[own] = token;
}

std::string Journal::name_of(const std::string& token) const {
  const auto found = names_.find(token);
  return found == names_.end() ? "?" : found->second;
}

std::string Journal::place_of(const std::string& id) {
  const std::size_t dash = id.rfind('-');
  if (dash == std::string::npos) return id;
  const std::string& life =
      lives_.try_emplace(id.substr(0, dash), "life" + std::to_string(lives_.size() + 1))
          .first->second;
  return life + id.substr(dash);
}

}  // namespace evalx::service::simulation
