#include "doctor/processor_facts.hpp"

#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "doctor/kernel_facts.hpp"
#include "kernel/file.hpp"

namespace evalx::doctor {
namespace {

/// The first CPU of cpuinfo has all its flags there.
constexpr std::size_t kMostRead = 65536;

std::string text_of(const std::string& path) {
  return kernel::read_file(AT_FDCWD, path.c_str(), kMostRead).value_or("");
}

std::string line_of(const std::string& path) {
  const std::string text = text_of(path);
  return text.substr(0, text.find('\n'));
}

bool has_word(const std::string& text, const std::string& word) {
  const auto is_blank = [&](std::size_t at) {
    return at >= text.size() || text[at] == ' ' || text[at] == '\n';
  };
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    if ((at == 0 || is_blank(at - 1)) && is_blank(at + word.size())) return true;
  }
  return false;
}

std::vector<ProcessorFacts::Vulnerability> vulnerabilities_in(const std::string& folder) {
  std::vector<ProcessorFacts::Vulnerability> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (std::string state = line_of(entry->path()); !state.empty())
      found.push_back({name, std::move(state)});
  }
  std::sort(found.begin(), found.end(),
            [](const auto& one, const auto& other) { return one.name < other.name; });
  return found;
}

/// prctl(2): PR_SCHED_CORE_GET changes nothing. ENODEV without SMT, EINVAL before Linux 5.14 and
/// without CONFIG_SCHED_CORE.
Tried try_core_scheduling() {
  constexpr unsigned long kThisThread = 0;
  unsigned long long cookie = 0;
  return ::prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, kThisThread, PR_SCHED_CORE_SCOPE_THREAD,
                 &cookie) < 0
             ? errno
             : 0;
}

}  // namespace

ProcessorFacts look_at_processor(const std::string& root) {
  const std::string cpus = root + "/sys/devices/system/cpu";
  ProcessorFacts facts;
  facts.vulnerabilities = vulnerabilities_in(cpus + "/vulnerabilities");
  facts.is_guest = has_word(text_of(root + "/proc/cpuinfo"), "hypervisor");
  facts.mitigations_are_off = has_word(text_of(root + "/proc/cmdline"), "mitigations=off");
  if (const auto active = number_in((cpus + "/smt/active").c_str())) facts.smt = *active != 0;
  facts.smt_control = line_of(cpus + "/smt/control");
  facts.core_scheduling = try_core_scheduling();
  return facts;
}

}  // namespace evalx::doctor
