#include "kernel/cgroup/enclosing.hpp"

#include <fcntl.h>

#include <algorithm>

#include "kernel/file.hpp"

namespace evalx::kernel {

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

std::vector<int> Enclosing::descriptors() const {
  std::vector<int> all;
  for (const Group& group : groups_)
    all.insert(all.end(), {group.most.get(), group.now.get(), group.refusals.get()});
  return all;
}

}  // namespace evalx::kernel
