#include "submission/limits.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

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
constexpr std::uint64_t kib(std::uint64_t count) {
  return count * 1024;
}
constexpr std::uint64_t mib(std::uint64_t count) {
  return kib(count) * 1024;
}

constexpr std::array<LimitField, 8> kLimitFields{{
    {"cpu_time_ms", Unit::Milliseconds, 1'000, 60'000'000, "-t,--cpu-time",
     "CPU time of all processes", [](const Limits& l) -> Value { return micros(l.cpu_time); },
     [](Limits& l, std::uint64_t v) { l.cpu_time = time(v); }},
    {"wall_time_ms", Unit::Milliseconds, 1'000, 180'000'000, "-w,--wall-time", "Wall-clock time",
     [](const Limits& l) -> Value { return micros(l.wall_time); },
     [](Limits& l, std::uint64_t v) { l.wall_time = time(v); }},
    {"memory_kb", Unit::Kibibytes, mib(4), mib(2048), "-m,--memory",
     "Memory of all processes, files in memory included",
     [](const Limits& l) -> Value { return l.memory.count; },
     [](Limits& l, std::uint64_t v) { l.memory = Bytes{v}; }},
    {"stack_kb", Unit::Kibibytes, kib(64), mib(2048), "--stack", "Stack size",
     [](const Limits& l) { return l.stack ? Value{l.stack->count} : std::nullopt; },
     [](Limits& l, std::uint64_t v) { l.stack = Bytes{v}; }},
    {"output_kb", Unit::Kibibytes, 0, mib(16), "--output",
     "Size of the output to stdout, and to stderr",
     [](const Limits& l) -> Value { return l.output.count; },
     [](Limits& l, std::uint64_t v) { l.output = Bytes{v}; }},
    {"file_size_kb", Unit::Kibibytes, 0, mib(256), "--file-size", "Size of each written file",
     [](const Limits& l) -> Value { return l.file_size.count; },
     [](Limits& l, std::uint64_t v) { l.file_size = Bytes{v}; }},
    {"processes", Unit::Count, 1, 512, "--processes", "Processes and threads at the same time",
     [](const Limits& l) -> Value { return l.processes; },
     [](Limits& l, std::uint64_t v) { l.processes = static_cast<unsigned>(v); }},
    {"open_files", Unit::Count, 8, 4096, "", "Open files of each process",
     [](const Limits& l) -> Value { return l.open_files; },
     [](Limits& l, std::uint64_t v) { l.open_files = static_cast<unsigned>(v); }},
}};

/// Names every member: a new one does not compile until it is named here and has its row above.
constexpr auto members(const Limits& limits) {
  const auto& [cpu_time, wall_time, memory, stack, output, file_size, processes, open_files] =
      limits;
  return std::tie(cpu_time, wall_time, memory, stack, output, file_size, processes, open_files);
}
static_assert(std::tuple_size_v<decltype(members(std::declval<const Limits&>()))> ==
              kLimitFields.size());

std::uint64_t widest(Unit unit) {
  constexpr Microseconds kYear = std::chrono::hours{24 * 365};
  switch (unit) {
    case Unit::Milliseconds:
      return micros(kYear);
    case Unit::Kibibytes:
      return std::uint64_t{1} << 50;
    case Unit::Count:
      break;
  }
  return std::uint64_t{1} << 31;
}

}  // namespace

std::span<const LimitField> limit_fields() {
  return kLimitFields;
}

Limits least_limits() {
  Limits limits;
  for (const LimitField& field : kLimitFields) field.set(limits, field.least);
  return limits;
}

Limits most_limits() {
  Limits limits;
  for (const LimitField& field : kLimitFields) field.set(limits, field.most);
  return limits;
}

Limits default_limits(const LimitBounds& bounds) {
  Limits limits;
  for (const LimitField& field : kLimitFields) {
    const Value value = field.get(limits);
    if (!value) continue;
    const std::uint64_t least = field.get(bounds.least).value_or(0);
    const std::uint64_t most = field.get(bounds.most).value_or(*value);
    field.set(limits, std::clamp(*value, least, std::max(most, least)));
  }
  return limits;
}

Microseconds default_wall_time(Microseconds cpu_time, const LimitBounds& bounds) {
  const Microseconds least = bounds.least.wall_time;
  return std::clamp(std::max(Limits{}.wall_time, 3 * cpu_time), least,
                    std::max(least, bounds.most.wall_time));
}

LimitBounds any_limits() {
  LimitBounds bounds;
  for (const LimitField& field : kLimitFields) {
    field.set(bounds.least, 0);
    field.set(bounds.most, widest(field.unit));
  }
  return bounds;
}

}  // namespace evalx::submission
