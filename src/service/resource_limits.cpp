#include "service/resource_limits.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>

#include "submission/limits.hpp"

namespace evalx::service {
namespace {

enum class Soft { Stays, Follows };

struct Resource {
  __rlimit_resource id;
  const char* what;
  const char* name;  ///< As `ulimit`, Docker and, in capitals, systemd name it.
  rlim_t needed;
  Soft soft;
};

/// More than any language's runtime gets in addition to the memory limit (Language::allowance).
constexpr Bytes kAllowanceMax = mebibytes(1024);
/// All processes of one user: a run has no more than that, whatever its process limit.
constexpr rlim_t kProcesses = 4096;

/// For a limit that a run sets: its highest value, because no process may exceed its hard limit. A
/// limit that no run sets would hold for programs and become their verdict, or end the server.
std::array<Resource, 8> resources() {
  const submission::Limits most = submission::most_limits();
  const Bytes stack = std::max(most.memory, most.stack.value_or(Bytes{})) + kAllowanceMax;
  return {{
      {RLIMIT_NOFILE, "open files", "nofile", most.open_files, Soft::Follows},
      {RLIMIT_STACK, "stack", "stack", stack.count, Soft::Stays},  // Every thread would get it.
      {RLIMIT_FSIZE, "file size", "fsize", RLIM_INFINITY, Soft::Follows},
      {RLIMIT_CPU, "CPU time", "cpu", RLIM_INFINITY, Soft::Follows},
      {RLIMIT_DATA, "data", "data", RLIM_INFINITY, Soft::Follows},
      {RLIMIT_AS, "address space", "as", RLIM_INFINITY, Soft::Follows},
      {RLIMIT_NPROC, "processes", "nproc", kProcesses, Soft::Follows},
      // With 1 the kernel starts no handler of core dumps (core(5)).
      {RLIMIT_CORE, "core dumps", "core", 0, Soft::Stays},
  }};
}

}  // namespace

void raise_resource_limits() {
  for (const Resource& resource : resources()) {
    rlimit limit{};
    if (::getrlimit(resource.id, &limit) < 0) continue;
    const rlim_t wanted = resource.id == RLIMIT_CORE ? 1 : resource.needed;
    rlimit raised = limit;
    raised.rlim_max = std::max(limit.rlim_max, wanted);
    if (resource.soft == Soft::Follows) raised.rlim_cur = raised.rlim_max;
    if (::setrlimit(resource.id, &raised) == 0) continue;
    limit.rlim_cur = resource.soft == Soft::Follows ? limit.rlim_max : limit.rlim_cur;
    [[maybe_unused]] const int answer = ::setrlimit(resource.id, &limit);
  }
}

std::vector<doctor::ResourceFacts> look_at_resources() {
  std::vector<doctor::ResourceFacts> found;
  for (const Resource& resource : resources()) {
    rlimit limit{};
    if (::getrlimit(resource.id, &limit) < 0) continue;
    const bool is_unlimited = limit.rlim_max == RLIM_INFINITY;
    const bool needs_all = resource.needed == RLIM_INFINITY;
    doctor::ResourceFacts facts{resource.what, resource.name, {}, {}};
    if (!is_unlimited) facts.hard = limit.rlim_max;
    if (!needs_all) facts.needed = resource.needed;
    found.push_back(std::move(facts));
  }
  return found;
}

}  // namespace evalx::service
