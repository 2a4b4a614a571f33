#include "sandbox/native/ids.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "kernel/capability.hpp"
#include "kernel/file.hpp"

namespace evalx::sandbox::native {
namespace {

constexpr unsigned kMostIds = kIdsPerSlot * kMaxSlots;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                  : std::nullopt;
}

std::string text_of(const char* path) {
  return kernel::read_file(AT_FDCWD, path).value_or(std::string{});
}

std::optional<IdPlan> chosen_ids(uid_t uid_base) {
  if (!kernel::has_capability(CAP_SETUID) || !kernel::has_capability(CAP_SETGID) || uid_base == 0)
    return std::nullopt;
  const auto uid = place_ids(text_of("/proc/self/uid_map"), uid_base - 1, kMostIds + 1);
  const auto gid = place_ids(text_of("/proc/self/gid_map"), uid_base - 1, kMostIds + 1);
  if (!uid || !gid) return std::nullopt;
  return IdPlan{IdPlan::Source::Root, *uid, *gid, *uid + 1, *gid + 1, kMostIds};
}

std::optional<IdPlan> subordinate_ids() {
  for (const char* tool : {"/usr/bin/newuidmap", "/usr/bin/newgidmap"}) {
    if (::access(tool, X_OK) < 0) return std::nullopt;
  }
  const passwd* user = ::getpwuid(::geteuid());
  const std::string name = user ? user->pw_name : "";
  const auto uids = find_subordinate(text_of("/etc/subuid"), name, ::geteuid());
  const auto gids = find_subordinate(text_of("/etc/subgid"), name, ::geteuid());
  if (!uids || !gids) return std::nullopt;
  const unsigned count = std::min({uids->count, gids->count, kMostIds});
  if (count < kIdsPerSlot) return std::nullopt;
  return IdPlan{
      IdPlan::Source::Subordinate, ::geteuid(), ::getegid(), uids->first, gids->first, count};
}

}  // namespace

std::optional<uid_t> place_ids(std::string_view map, uid_t wanted, unsigned count) {
  std::istringstream lines{std::string{map}};
  std::optional<uid_t> last;
  std::uint64_t largest = 0;
  std::uint64_t inside = 0, outside = 0, size = 0;
  while (lines >> inside >> outside >> size) {
    if (wanted >= inside && std::uint64_t{wanted} + count <= inside + size) return wanted;
    if (size < count || size <= largest) continue;
    largest = size;
    last = static_cast<uid_t>(inside + size - count);
  }
  return last;
}

std::optional<SubordinateRange> find_subordinate(std::string_view file, std::string_view name,
                                                 uid_t uid) {
  std::istringstream lines{std::string{file}};
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view text = line;
    const auto user = text.substr(0, first);
    if ((name.empty() || user != name) && number(user) != uid) continue;
    const auto start = number(text.substr(first + 1, second - first - 1));
    const auto count = number(text.substr(second + 1));
    if (start && count) return SubordinateRange{*start, *count};
  }
  return std::nullopt;
}

IdPlan plan_ids(uid_t uid_base) {
  if (const auto chosen = chosen_ids(uid_base)) return *chosen;
  if (const auto subordinate = subordinate_ids()) return *subordinate;
  return {IdPlan::Source::Own, ::geteuid(), ::getegid(), 0, 0, 0};
}

}  // namespace evalx::sandbox::native
