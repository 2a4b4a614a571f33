#include "queue/failure.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace evalx::queue {
namespace {

using Kind = Failure::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 4> kWords{{
    {Kind::Fault, "fault"},
    {Kind::WorkerDied, "worker_died"},
    {Kind::Rejected, "rejected"},
    {Kind::Damaged, "damaged"},
}};

}  // namespace

std::string_view to_string(Kind kind) {
  return kWords.at(static_cast<std::size_t>(kind)).second;
}

Kind failure_kind(std::string_view word) {
  const auto known = std::find_if(kWords.begin(), kWords.end(),
                                  [word](const auto& w) { return w.second == word; });
  return known == kWords.end() ? Kind::Fault : known->first;
}

std::optional<Kind> failure_of(const Change& change) {
  if (std::holds_alternative<Retry>(change)) return Kind::Fault;
  if (std::holds_alternative<Reject>(change)) return Kind::Rejected;
  if (std::holds_alternative<LoseWorker>(change)) return Kind::WorkerDied;
  if (std::holds_alternative<Condemn>(change)) return Kind::Damaged;
  return std::nullopt;
}

unsigned old_deaths(unsigned deaths, const std::vector<Failure>& failures,
                    std::chrono::system_clock::time_point now, std::chrono::hours window) {
  const auto recent = static_cast<unsigned>(
      std::count_if(failures.begin(), failures.end(), [&](const Failure& failure) {
        return failure.kind == Kind::WorkerDied && failure.at > now - window;
      }));
  return deaths - std::min(deaths, recent);
}

std::string bounded_cause(std::string cause) {
  if (cause.size() <= kCauseBytesMax) return cause;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(cause[at]) & 0xc0) == 0x80;
  };
  std::size_t end = kCauseBytesMax;
  // A character has at most four bytes; a longer sequence is not text and is cut anywhere.
  for (int looks = 0; looks < 3 && continues(end); ++looks) --end;
  cause.resize(continues(end) ? kCauseBytesMax : end);
  return cause;
}

}  // namespace evalx::queue
