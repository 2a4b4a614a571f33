#include "metrics/process.hpp"

#include <dirent.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

namespace evalx::metrics {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// The fields of /proc/self/stat that we use, with their numbers in proc(5).
struct Stat {
  unsigned long long utime_ticks = 0;      // 14
  unsigned long long stime_ticks = 0;      // 15
  unsigned threads = 0;                    // 20
  unsigned long long starttime_ticks = 0;  // 22
  unsigned long long virtual_bytes = 0;    // 23
  unsigned long long resident_pages = 0;   // 24
};

Result<Stat> read_stat() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  if (!std::getline(file, line)) return fail(last_error(), "read", "/proc/self/stat");
  // The second field is the name of the program in parentheses. It may contain any character.
  const std::size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) {
    return fail(std::make_error_code(std::errc::protocol_error), "parse", "/proc/self/stat");
  }
  std::istringstream fields{line.substr(after_name + 1)};
  Stat stat;
  std::string skipped;
  const auto skip = [&fields, &skipped](int count) {
    for (int i = 0; i < count; ++i) fields >> skipped;
  };
  skip(11);
  fields >> stat.utime_ticks >> stat.stime_ticks;
  skip(4);
  fields >> stat.threads;
  skip(1);
  fields >> stat.starttime_ticks >> stat.virtual_bytes >> stat.resident_pages;
  if (!fields) {
    return fail(std::make_error_code(std::errc::protocol_error), "parse", "/proc/self/stat");
  }
  return stat;
}

Result<double> boot_time_seconds() {
  std::ifstream file{"/proc/stat"};
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("btime ")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return fail(std::make_error_code(std::errc::protocol_error), "parse", "/proc/stat btime");
}

Result<unsigned> count_fds() {
  const std::unique_ptr<DIR, CloseDirectory> directory{::opendir("/proc/self/fd")};
  if (!directory) return fail(last_error(), "opendir", "/proc/self/fd");
  unsigned count = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread uses this stream.
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count - 1;  // Without the descriptor of this directory.
}

}  // namespace

Result<ProcessUsage> process_usage() {
  EVALX_TRY(const Stat stat, read_stat());
  EVALX_TRY(const double boot_time, boot_time_seconds());
  EVALX_TRY(const unsigned open_fds, count_fds());
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ProcessUsage usage;
  usage.resident = {stat.resident_pages * page_bytes};
  usage.virtual_size = {stat.virtual_bytes};
  usage.threads = stat.threads;
  usage.open_fds = open_fds;
  usage.cpu_seconds = static_cast<double>(stat.utime_ticks + stat.stime_ticks) / ticks_per_second;
  usage.start_time_seconds =
      boot_time + static_cast<double>(stat.starttime_ticks) / ticks_per_second;
  return usage;
}

Figures process_figures() {
  Figures figures;
  const auto usage = process_usage();
  if (!usage) return figures;
  figures.level("process_resident_memory_bytes", "Resident memory size.", usage->resident.count);
  figures.level("process_virtual_memory_bytes", "Virtual memory size.", usage->virtual_size.count);
  figures.level("process_open_fds", "Open file descriptors.", usage->open_fds);
  figures.level("process_threads", "Threads of the process.", usage->threads);
  figures.total("process_cpu_seconds_total", "User and system CPU time spent.", usage->cpu_seconds);
  figures.level("process_start_time_seconds", "Start time of the process since the Unix epoch.",
                usage->start_time_seconds);
  return figures;
}

}  // namespace evalx::metrics
