#include "queue/simulation/checkpoint_check.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace evalx::queue::simulation {
namespace {

using Kind = Event::Kind;

struct Part {
  std::uint64_t lease = 0;
  StoreTime saving{};
  std::optional<StoreTime> saved;
};

struct Grant {
  std::uint64_t lease = 0;
  StoreTime asked{}, heard{};
  std::vector<std::uint64_t> parts;  ///< Each once: a part whose reply is lost is sent again.

  [[nodiscard]] bool has(std::uint64_t part) const {
    return std::find(parts.begin(), parts.end(), part) != parts.end();
  }
};

class JobCheck {
 public:
  void take(const Event& event) {
    switch (event.kind) {
      case Kind::Saving:
        parts_.try_emplace(event.result, Part{event.lease, event.time, std::nullopt});
        return;
      case Kind::Saved:
        if (auto& saved = parts_[event.result].saved; !saved) saved = event.time;
        return;
      case Kind::Granted:
        grants_.push_back({event.lease, event.at.value_or(event.time), event.time, {}});
        return;
      case Kind::Resumed:
        if (grants_.empty() || grants_.back().lease != event.lease) return;
        if (!grants_.back().has(event.result)) grants_.back().parts.push_back(event.result);
        return;
      case Kind::Redriven:
        redriven_.push_back(event.time);
        return;
      default:
        return;
    }
  }

  /// The first fault, if any.
  [[nodiscard]] std::optional<std::string> fault() const {
    for (const Grant& grant : grants_) {
      const auto life = life_between(grant.asked, grant.heard);
      if (!life) continue;
      if (auto wrong = fault_of_list(grant, *life)) return wrong;
      for (const auto& [number, part] : parts_) {
        if (part.saved && *part.saved < grant.asked && part.lease != grant.lease &&
            life_between(part.saving, *part.saved) == life && !grant.has(number))
          return "did not get what had been saved";
      }
      for (const Grant& other : grants_) {
        if (life_between(other.asked, other.heard) != life) continue;
        if (auto wrong = fault_between(grant, other)) return wrong;
      }
    }
    return std::nullopt;
  }

 private:
  /// How often the job was redriven before; nullopt if it was redriven between these times.
  [[nodiscard]] std::optional<std::size_t> life_between(StoreTime from, StoreTime to) const {
    const auto before = [this](StoreTime time) {
      return static_cast<std::size_t>(std::count_if(redriven_.begin(), redriven_.end(),
                                                    [time](StoreTime at) { return at <= time; }));
    };
    if (before(from) != before(to)) return std::nullopt;
    return before(from);
  }

  [[nodiscard]] std::optional<std::string> fault_of_list(const Grant& grant,
                                                         std::size_t life) const {
    std::vector<std::uint64_t> leases;
    StoreTime last{};
    for (const std::uint64_t number : grant.parts) {
      const auto part = parts_.find(number);
      if (part == parts_.end()) return "got a part that was not saved";
      const std::uint64_t lease = part->second.lease;
      if (life_between(part->second.saving, part->second.saving) != life)
        return "got what was saved before it ended";
      if (lease == grant.lease) return "got what it is still to save";
      if (leases.empty() || leases.back() != lease) {
        if (std::find(leases.begin(), leases.end(), lease) != leases.end())
          return "got what was saved behind another's back";
        leases.push_back(lease);
      } else if (part->second.saving < last) {
        return "got parts out of order";
      }
      last = part->second.saving;
    }
    return std::nullopt;
  }

  /// For two grants without a redrive between them.
  [[nodiscard]] std::optional<std::string> fault_between(const Grant& grant,
                                                         const Grant& other) const {
    const std::size_t both = std::min(grant.parts.size(), other.parts.size());
    const auto end = grant.parts.begin() + static_cast<std::ptrdiff_t>(both);
    if (!std::equal(grant.parts.begin(), end, other.parts.begin()))
      return "got something else than another attempt";
    for (const std::uint64_t number : grant.parts) {
      const std::uint64_t lease = parts_.at(number).lease;
      const auto holder = std::find_if(grants_.begin(), grants_.end(),
                                       [lease](const Grant& g) { return g.lease == lease; });
      const bool is_later = holder != grants_.end() && other.asked > holder->heard;
      if (is_later && other.lease != lease && !other.has(number))
        return "got what was saved after the lease was lost";
    }
    return std::nullopt;
  }

  std::map<std::uint64_t, Part> parts_;
  std::vector<Grant> grants_;
  std::vector<StoreTime> redriven_;
};

}  // namespace

Violations check_checkpoints(const History& history) {
  std::map<std::string, JobCheck> jobs;
  for (const Event& event : history) {
    if (event.kind == Kind::Lost) return {};
    jobs[event.job].take(event);
  }
  Violations violations;
  for (const auto& [token, job] : jobs) {
    if (const auto fault = job.fault()) violations.push_back("C1 " + token + " " + *fault);
  }
  return violations;
}

}  // namespace evalx::queue::simulation
