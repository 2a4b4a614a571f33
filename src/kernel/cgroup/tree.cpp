#include "kernel/cgroup/tree.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
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

constexpr std::string_view kTopPrefix = "evalx-";
/// A sweep of another evalX can take a new group before it is locked; then another one is made.
constexpr int kTopGroupTries = 8;

Result<std::string> top_name() {
  std::array<unsigned char, 8> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return fail(last_error(), "getrandom");
  std::string name = std::string(kTopPrefix) + std::to_string(::getpid()) + "-";
  for (const unsigned char byte : random) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    name += kDigits[byte >> 4U];
    name += kDigits[byte & 15U];
  }
  return name;
}

/// A name that make_top_group() or an earlier evalX made; "evalx-main" is none.
struct TopName {
  pid_t pid = 0;
  bool is_lockable = false;  ///< Has the random part.
};

std::optional<TopName> parse_top_name(std::string_view name) {
  if (!name.starts_with(kTopPrefix)) return std::nullopt;
  name.remove_prefix(kTopPrefix.size());
  TopName top;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), top.pid);
  if (error != std::errc{}) return std::nullopt;
  name.remove_prefix(static_cast<std::size_t>(end - name.data()));
  if (!name.empty() && name.front() != '-') return std::nullopt;
  top.is_lockable = !name.empty();
  return top;
}

/// Whether this process sees all processes of the machine (PROC_PID_INIT_INO, linux/proc_ns.h).
bool is_in_first_pid_namespace() {
  constexpr ino_t kFirst = 0xEFFFFFFCU;
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 && status.st_ino == kFirst;
}

void remove_if_dead(const std::filesystem::path& path, TopName name) {
  const Fd group{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!group) return;
  if (!name.is_lockable &&
      (!is_in_first_pid_namespace() || ::kill(name.pid, 0) == 0 || errno != ESRCH))
    return;
  // The lock is kept until the group is removed: a maker that was about to take it sees that.
  if (::flock(group.get(), LOCK_EX | LOCK_NB) < 0) return;
  remove_groups_below(path);
  ::rmdir(path.c_str());
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
        has(mount.controllers, "pids"))
      return open_cgroup_v2(mount, owner);
  }
  return open_cgroup_v1(mounts, owner);
}

Result<GroupDirectory> GroupDirectory::make(std::string path,
                                            std::initializer_list<const char*> files) {
  // The parent is locked by this evalX: what exists was left by an earlier slot of its own.
  if (::mkdir(path.c_str(), kGroupMayUse) < 0 && errno != EEXIST)
    return fail(last_error(), "mkdir", path);
  return open(std::move(path), files);
}

Result<GroupDirectory> GroupDirectory::open(std::string path,
                                            std::initializer_list<const char*> files) {
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

bool GroupDirectory::exists() const {
  struct stat at_path {
  }, opened{};
  return ::stat(path_.c_str(), &at_path) == 0 && ::fstat(fd(), &opened) == 0 &&
         at_path.st_ino == opened.st_ino && at_path.st_dev == opened.st_dev;
}

Result<GroupDirectory> make_top_group(const std::string& parent) {
  for (int tries = 0; tries < kTopGroupTries; ++tries) {
    EVALX_TRY(const std::string name, top_name());
    const std::string path = parent + "/" + name;
    if (::mkdir(path.c_str(), kGroupMayUse) < 0) return fail(last_error(), "mkdir", path);
    auto group = GroupDirectory::open(path, {});
    if (!group && group.error().code != std::errc::no_such_file_or_directory) return group;
    if (group && ::flock(group->fd(), LOCK_EX | LOCK_NB) == 0 && group->exists()) return group;
  }
  return fail(std::make_error_code(std::errc::resource_unavailable_try_again),
              "lock a new cgroup in", parent);
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

void sweep_dead_groups(const std::string& parent) {
  std::error_code error;
  std::vector<std::pair<std::filesystem::path, TopName>> tops;
  for (const auto& entry : std::filesystem::directory_iterator(parent, error)) {
    if (const auto name = parse_top_name(entry.path().filename().native()))
      tops.emplace_back(entry.path(), *name);
  }
  for (const auto& [path, name] : tops) remove_if_dead(path, name);
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
