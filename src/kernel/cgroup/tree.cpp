#include "kernel/cgroup/tree.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "kernel/file.hpp"

namespace evalx::kernel {
namespace {

constexpr mode_t kGroupMayUse = 0775;
constexpr mode_t kGroupMayWrite = 0664;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

/// The path of this process' group in a hierarchy, from a line "4:memory:/a" of /proc/self/cgroup;
/// for v2 the line is "0::/a".
std::string own_path(std::string_view cgroup, const std::string& controller) {
  for (const std::string& line : split(cgroup, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto names = split(line.substr(first + 1, second - first - 1), ',');
    if (std::find(names.begin(), names.end(), controller) != names.end())
      return line.substr(second + 1);
  }
  return "/";
}

std::string below(const std::string& mount, const std::string& root, std::string own) {
  // In a cgroup namespace or a container the mount contains only a part of the tree.
  if (root != "/" && own.starts_with(root)) own.erase(0, root.size());
  if (own.find("..") != std::string::npos) own = "/";
  return own == "/" || own.empty() ? mount : mount + (own.starts_with("/") ? own : "/" + own);
}

bool has(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_alive(std::string_view pid_text) {
  pid_t pid = 0;
  const auto [end, error] =
      std::from_chars(pid_text.data(), pid_text.data() + pid_text.size(), pid);
  if (error != std::errc{} || end != pid_text.data() + pid_text.size()) return true;
  return ::kill(pid, 0) == 0 || errno != ESRCH;
}

}  // namespace

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo, std::string_view cgroup) {
  std::vector<CgroupMount> mounts;
  for (const std::string& line : split(mountinfo, '\n')) {
    // 36 35 98:0 /root /mount/point options optional... - type source super,options
    const auto dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto left = split(line.substr(0, dash), ' ');
    const auto right = split(line.substr(dash + 3), ' ');
    if (left.size() < 5 || right.size() < 3) continue;
    if (right[0] == "cgroup2") {
      const std::string own = below(left[4], left[3], own_path(cgroup, ""));
      const auto text = read_file(AT_FDCWD, (left[4] + "/cgroup.controllers").c_str());
      auto controllers = text ? split(std::string_view{*text}.substr(0, text->find('\n')), ' ')
                              : std::vector<std::string>{};
      mounts.push_back({CgroupVersion::V2, std::move(controllers), left[4], own});
    } else if (right[0] == "cgroup") {
      auto controllers = split(right[2], ',');
      std::string own = below(left[4], left[3], own_path(cgroup, controllers.back()));
      mounts.push_back({CgroupVersion::V1, std::move(controllers), left[4], std::move(own)});
    }
  }
  return mounts;
}

Result<std::unique_ptr<CgroupTree>> open_cgroup_tree(GroupOwner owner) {
  EVALX_TRY(const std::string mountinfo, read_file(AT_FDCWD, "/proc/self/mountinfo"));
  EVALX_TRY(const std::string cgroup, read_file(AT_FDCWD, "/proc/self/cgroup"));
  const std::vector<CgroupMount> mounts = parse_cgroup_mounts(mountinfo, cgroup);
  for (const CgroupMount& mount : mounts) {
    if (mount.version == CgroupVersion::V2 && has(mount.controllers, "memory") &&
        has(mount.controllers, "pids") && has(mount.controllers, "cpu"))
      return open_cgroup_v2(mount, owner);
  }
  return open_cgroup_v1(mounts, owner);
}

Result<GroupDirectory> GroupDirectory::make(std::string path,
                                            std::initializer_list<const char*> files) {
  if (::mkdir(path.c_str(), kGroupMayUse) < 0 && errno != EEXIST)
    return fail(last_error(), "mkdir", path);
  EVALX_TRY(Fd fd, open_at(AT_FDCWD, path.c_str(), O_DIRECTORY | O_RDONLY));
  GroupDirectory directory{std::move(path), std::move(fd)};
  // chmod, because mkdir(2) applies the umask.
  if (::fchmod(directory.fd(), kGroupMayUse) < 0)
    return fail(last_error(), "chmod", directory.path());
  for (const char* file : files) {
    if (::fchmodat(directory.fd(), file, kGroupMayWrite, 0) < 0)
      return fail(last_error(), "chmod", directory.path() + "/" + file);
  }
  return directory;
}

Result<> GroupDirectory::give_to(GroupOwner owner, std::initializer_list<const char*> files) {
  if (owner.uid == ::geteuid() && owner.gid == ::getegid()) return {};
  for (const char* file : files) {
    if (::fchownat(fd(), file, owner.uid, owner.gid, 0) < 0)
      return fail(last_error(), "chown", path_ + "/" + file);
  }
  if (::fchown(fd(), owner.uid, owner.gid) < 0) return fail(last_error(), "chown", path_);
  return {};
}

GroupDirectory::~GroupDirectory() {
  if (fd_) ::rmdir(path_.c_str());
}

void sweep_dead_groups(const std::string& directory) {
  constexpr std::string_view kPrefix = "evalx-";
  std::error_code error;
  std::vector<std::filesystem::path> dead;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with(kPrefix) && !is_alive(std::string_view{name}.substr(kPrefix.size())))
      dead.push_back(entry.path());
  }
  for (const auto& top : dead) {
    remove_groups_below(top);
    ::rmdir(top.c_str());
  }
}

bool remove_groups_below(const std::string& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> all;
  // With error codes: another process may remove a group meanwhile, which must not throw.
  std::filesystem::recursive_directory_iterator entry{directory, error};
  for (; entry != std::filesystem::recursive_directory_iterator{}; entry.increment(error)) {
    if (entry->is_directory(error)) all.push_back(entry->path());
  }
  bool all_gone = true;
  for (auto path = all.rbegin(); path != all.rend(); ++path)
    all_gone = (::rmdir(path->c_str()) == 0 || errno == ENOENT) && all_gone;
  return all_gone;
}

}  // namespace evalx::kernel
