#include "submission/schema.hpp"

#include <algorithm>

namespace evalx::submission {
namespace {

using Unit = LimitField::Unit;
using Value = std::optional<std::uint64_t>;

constexpr std::uint64_t micros(Microseconds time) {
  return static_cast<std::uint64_t>(time.count());
}
constexpr Microseconds time(std::uint64_t micros) {
  return Microseconds{static_cast<Microseconds::rep>(micros)};
}

constexpr std::array<LimitField, 8> kLimitFields{{
    {"cpu_time_ms", Unit::Milliseconds, [](const Limits& l) -> Value { return micros(l.cpu_time); },
     [](Limits& l, std::uint64_t v) { l.cpu_time = time(v); }},
    {"wall_time_ms", Unit::Milliseconds,
     [](const Limits& l) -> Value { return micros(l.wall_time); },
     [](Limits& l, std::uint64_t v) { l.wall_time = time(v); }},
    {"memory_kb", Unit::Kibibytes, [](const Limits& l) -> Value { return l.memory.count; },
     [](Limits& l, std::uint64_t v) { l.memory = Bytes{v}; }},
    {"stack_kb", Unit::Kibibytes,
     [](const Limits& l) { return l.stack ? Value{l.stack->count} : std::nullopt; },
     [](Limits& l, std::uint64_t v) { l.stack = Bytes{v}; }},
    {"output_kb", Unit::Kibibytes, [](const Limits& l) -> Value { return l.output.count; },
     [](Limits& l, std::uint64_t v) { l.output = Bytes{v}; }},
    {"file_size_kb", Unit::Kibibytes, [](const Limits& l) -> Value { return l.file_size.count; },
     [](Limits& l, std::uint64_t v) { l.file_size = Bytes{v}; }},
    {"processes", Unit::Count, [](const Limits& l) -> Value { return l.processes; },
     [](Limits& l, std::uint64_t v) { l.processes = static_cast<unsigned>(v); }},
    {"open_files", Unit::Count, [](const Limits& l) -> Value { return l.open_files; },
     [](Limits& l, std::uint64_t v) { l.open_files = static_cast<unsigned>(v); }},
}};

}  // namespace

std::span<const LimitField> limit_fields() {
  return kLimitFields;
}

Limits default_limits(const LimitBounds& bounds) {
  Limits limits;
  for (const LimitField& field : kLimitFields) {
    const Value value = field.get(limits);
    if (!value) continue;
    field.set(limits, std::clamp(*value, field.get(bounds.least).value_or(0),
                                 std::max(field.get(bounds.most).value_or(*value),
                                          field.get(bounds.least).value_or(0))));
  }
  return limits;
}

Microseconds default_wall_time(Microseconds cpu_time, const LimitBounds& bounds) {
  const Microseconds least = bounds.least.wall_time;
  return std::clamp(std::max(Limits{}.wall_time, 3 * cpu_time), least,
                    std::max(least, bounds.most.wall_time));
}

LimitBounds any_limits() {
  constexpr std::uint64_t kWidestBytes = std::uint64_t{1} << 50;
  constexpr Microseconds kWidestTime = std::chrono::hours{24 * 365};
  constexpr unsigned kWidestCount = 1U << 31;
  return {.least = {.cpu_time = {},
                    .wall_time = {},
                    .memory = {},
                    .stack = Bytes{0},
                    .output = {},
                    .file_size = {},
                    .processes = 0,
                    .open_files = 0},
          .most = {.cpu_time = kWidestTime,
                   .wall_time = kWidestTime,
                   .memory = {kWidestBytes},
                   .stack = Bytes{kWidestBytes},
                   .output = {kWidestBytes},
                   .file_size = {kWidestBytes},
                   .processes = kWidestCount,
                   .open_files = kWidestCount}};
}

}  // namespace evalx::submission
