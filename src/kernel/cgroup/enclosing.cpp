#include "kernel/cgroup/enclosing.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
/// Enough for the lines of 500 CPUs, which come first.
constexpr std::size_t kMaxStatBytes = 64UL * 1024;

/// Takes the next number from the text; nullopt if there is none.
std::optional<std::int64_t> next_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Adds a line such as "3 4705 150 1120 16250 520 12 34 0 0 0", without its "cpu".
void add_line(CpuUse& sum, std::string_view line) {
  // user nice system idle iowait irq softirq steal; guest time is part of user time.
  constexpr std::size_t kIdle = 3, kWaiting = 4, kStolen = 7, kFields = 8;
  const std::int64_t tick = kMicrosecondsPerSecond / ::sysconf(_SC_CLK_TCK);
  for (std::size_t field = 0; field < kFields; ++field) {
    const Microseconds time{next_number(line).value_or(0) * tick};
    if (field == kStolen) {
      sum.stolen += time;
    } else if (field != kIdle && field != kWaiting) {
      sum.busy += time;
    }
  }
}

/// Version 1 counts in nanoseconds, version 2 in microseconds. Kernels that throttle each task by
/// itself count too little (seen on Linux 6.18): a process may have waited for the whole of each
/// period in which the quota was used up.
Microseconds throttled_of(std::string_view cpu_stat, Microseconds period) {
  const auto nanoseconds = parse_number(cpu_stat, "throttled_time ").value_or(0);
  const auto usec =
      parse_number(cpu_stat, "throttled_usec ").value_or(nanoseconds / kNanosecondsPerMicrosecond);
  const auto periods = parse_number(cpu_stat, "nr_throttled ").value_or(0);
  return std::max(Microseconds{usec}, static_cast<std::int64_t>(periods) * period);
}

/// From cpu.cfs_period_us, or from cpu.max: "30000 100000".
Microseconds period_of(const std::string& group) {
  constexpr std::uint64_t kUsual = 100'000;
  const auto v1 = read_file(AT_FDCWD, (group + "/cpu.cfs_period_us").c_str(), 64);
  if (v1) return Microseconds{parse_number(*v1).value_or(kUsual)};
  const auto v2 = read_file(AT_FDCWD, (group + "/cpu.max").c_str(), 64);
  return Microseconds{v2 ? parse_number(*v2, " ").value_or(kUsual) : kUsual};
}

Microseconds usage_of(std::string_view file) {
  if (const auto usec = parse_number(file, "usage_usec ")) return Microseconds{*usec};
  return Microseconds{parse_number(file).value_or(0) / kNanosecondsPerMicrosecond};
}

std::vector<int> own_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace

CpuUse parse_cpu_use(std::string_view stat, int cpu, const std::vector<int>& cpus) {
  CpuUse sum;
  while (stat.starts_with("cpu")) {
    std::string_view line = stat.substr(3, stat.find('\n') - 3);
    // The first line, of all CPUs together, has no number.
    const auto number = line.starts_with(' ') ? std::nullopt : next_number(line);
    const bool wanted =
        number &&
        (cpu >= 0 ? *number == cpu : std::find(cpus.begin(), cpus.end(), *number) != cpus.end());
    if (wanted) add_line(sum, line);
    if (number) ++sum.cpus;
    stat.remove_prefix(std::min(stat.find('\n'), stat.size() - 1) + 1);
  }
  return sum;
}

double parse_crowd(std::string_view loadavg, unsigned cpus, int nice) {
  // "0.20 0.18 0.12 3/80 11206": the fourth field begins with the threads that run or want to.
  for (int field = 0; field < 3; ++field)
    loadavg.remove_prefix(std::min(loadavg.size(), loadavg.find(' ') + 1));
  const auto runnable = static_cast<double>(parse_number(loadavg).value_or(1));
  // A step of nice changes a thread's share by a quarter (sched(7)).
  const double weight = std::pow(1.25, std::max(nice, 0));
  return std::max(1.0, std::ceil(runnable / std::max(cpus, 1U))) * weight;
}

std::vector<std::string> enclosing_directories(std::string_view mount, std::string_view own) {
  std::vector<std::string> all;
  while (own.size() >= mount.size() && own.starts_with(mount)) {
    all.emplace_back(own);
    const auto slash = own.rfind('/');
    if (own.size() == mount.size() || slash == std::string_view::npos) break;
    own = own.substr(0, slash);
  }
  return all;
}

Enclosing Enclosing::open(std::string_view mount, std::string_view directory) {
  Enclosing enclosing;
  for (const std::string& path : enclosing_directories(mount, directory)) {
    auto most = open_at(AT_FDCWD, (path + "/pids.max").c_str(), O_RDONLY);
    auto now = open_at(AT_FDCWD, (path + "/pids.current").c_str(), O_RDONLY);
    if (!most || !now) continue;
    Group group{*std::move(most), *std::move(now), {}};
    if (auto refusals = open_at(AT_FDCWD, (path + "/pids.events.local").c_str(), O_RDONLY))
      group.refusals = *std::move(refusals);
    enclosing.groups_.push_back(std::move(group));
  }
  return enclosing;
}

bool Enclosing::has_room_for(unsigned processes) const {
  return std::all_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    const auto most = read_again(group.most);
    const auto now = read_again(group.now);
    if (!most || !now || most->starts_with("max")) return true;
    return parse_number(*now).value_or(0) + processes <= parse_number(*most).value_or(0);
  });
}

std::uint64_t Enclosing::refusals() const {
  std::uint64_t sum = 0;
  for (const Group& group : groups_) {
    const auto text = group.refusals ? read_again(group.refusals) : std::string{};
    if (text) sum += parse_number(*text, "max ").value_or(0);
  }
  return sum;
}

void Enclosing::watch_cpus(std::string_view mount, std::string_view directory,
                           const std::string& ours) {
  for (const std::string& path : enclosing_directories(mount, directory)) {
    if (auto stat = open_at(AT_FDCWD, (path + "/cpu.stat").c_str(), O_RDONLY))
      quotas_.push_back({*std::move(stat), period_of(path)});
  }
  if (auto usage = open_at(AT_FDCWD, ours.c_str(), O_RDONLY)) ours_ = *std::move(usage);
  if (auto machine = open_at(AT_FDCWD, "/proc/stat", O_RDONLY)) machine_ = *std::move(machine);
  if (auto load = open_at(AT_FDCWD, "/proc/loadavg", O_RDONLY)) load_ = *std::move(load);
  cpus_ = own_cpus();
  nice_ = ::getpriority(PRIO_PROCESS, 0);
  all_cpus_ = cpu_use(-1).cpus;
}

CpuUse Enclosing::cpu_use(int cpu) const {
  std::string text(kMaxStatBytes, '\0');
  const ssize_t got = ::pread(machine_.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return parse_cpu_use(text, cpu, cpus_);
}

Contention Enclosing::contention(int cpu) const {
  Contention now;
  for (const Quota& quota : quotas_)
    now.throttled += throttled_of(read_again(quota.stat).value_or(""), quota.period);
  now.ours = usage_of(read_again(ours_).value_or(""));
  const CpuUse use = cpu_use(cpu);
  now.busy = use.busy;
  now.stolen = use.stolen;
  return now;
}

double Enclosing::crowd() const {
  return parse_crowd(read_again(load_).value_or(""), all_cpus_, nice_);
}

std::vector<int> Enclosing::descriptors() const {
  std::vector<int> all{ours_.get(), machine_.get(), load_.get()};
  for (const Quota& quota : quotas_) all.push_back(quota.stat.get());
  for (const Group& group : groups_)
    all.insert(all.end(), {group.most.get(), group.now.get(), group.refusals.get()});
  return all;
}

}  // namespace evalx::kernel
