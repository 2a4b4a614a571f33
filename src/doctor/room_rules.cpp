#include "doctor/room_rules.hpp"

#include <array>
#include <cstdio>

namespace evalx::doctor {
namespace {

using Of = kernel::FoundLimit::Of;

/// The most that a compiler may use (judge/compiler.hpp), and a server with its supervisors.
constexpr Bytes kForCompilers = mebibytes(1024 + 64);
/// The default limit of a program, with its supervisor and its init; and the server's threads.
constexpr std::uint64_t kProcessesOfSandbox = 64 + 3;
constexpr std::uint64_t kProcessesOfServer = 64;

std::string cpus_of(std::uint64_t thousandths) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(thousandths) / 1000);
  return text.data();
}

std::string amount_of(const kernel::FoundLimit& limit) {
  switch (limit.of) {
    case Of::Memory:
      return std::to_string(Bytes{limit.amount}.mib()) + " MiB";
    case Of::Processes:
      return std::to_string(limit.amount);
    case Of::Cpus:
      return cpus_of(limit.amount);
  }
  return {};
}

/// "23505 MiB (this machine), 300 MiB (/sys/fs/cgroup/memory/memory.limit_in_bytes)"
std::string list_of(const kernel::Room& room, Of of) {
  std::string list;
  for (const kernel::FoundLimit& limit : room.limits) {
    if (limit.of != of) continue;
    list += (list.empty() ? "" : ", ") + amount_of(limit) + " (" + limit.source + ")";
  }
  return list;
}

Finding judge_memory(const RoomFacts& facts) {
  constexpr const char* kName = "memory";
  std::string detail = list_of(facts.room, Of::Memory);
  if (facts.memory_budget > facts.room.memory)
    return reduced(kName,
                   detail + "; memory_budget_mb is " + std::to_string(facts.memory_budget.mib()),
                   "programs within their limits can be killed; such runs are repeated, then fail",
                   "set memory_budget_mb to less than " + std::to_string(facts.room.memory.mib()));
  if (facts.room.memory < kForCompilers)
    return reduced(kName, detail,
                   "compilers may use 1024 MiB; one that finds less is repeated, then fails",
                   "allow evalX at least " + std::to_string(kForCompilers.mib()) + " MiB");
  return good(kName, std::move(detail));
}

Finding judge_processes(const RoomFacts& facts) {
  constexpr const char* kName = "processes";
  const std::uint64_t needed = kProcessesOfServer + kProcessesOfSandbox * facts.sandboxes;
  std::string detail = list_of(facts.room, Of::Processes);
  if (facts.room.processes >= needed) return good(kName, std::move(detail));
  return reduced(kName,
                 detail + "; " + std::to_string(needed) + " needed for " +
                     std::to_string(facts.sandboxes) + " sandboxes",
                 "programs and compilers can be refused processes within their limits",
                 "allow " + std::to_string(needed) +
                     " processes (docker --pids-limit, TasksMax=), or set a lower "
                     "max_concurrent_sandboxes");
}

Finding judge_quota(const RoomFacts& facts) {
  constexpr const char* kName = "CPU quota";
  std::string detail = list_of(facts.room, Of::Cpus);
  const std::uint64_t needed = facts.sandboxes * 1000;
  if (facts.room.cpu_thousandths >= needed) return good(kName, std::move(detail));
  return reduced(kName, detail + "; " + std::to_string(facts.sandboxes) + " sandboxes",
                 "programs are throttled: wall times grow, and wall limits with them",
                 "allow one CPU for each sandbox, or set a lower max_concurrent_sandboxes");
}

}  // namespace

Findings judge_room(const RoomFacts& facts) {
  return {judge_memory(facts), judge_processes(facts), judge_quota(facts)};
}

}  // namespace evalx::doctor
