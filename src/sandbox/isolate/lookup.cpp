#include "sandbox/isolate/lookup.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "sandbox/environment.hpp"

namespace evalx::sandbox::isolate {
namespace {

constexpr std::array<std::string_view, 4> kDefaultDirs{"/bin", "/lib", "/lib64", "/usr"};
constexpr std::string_view kBox = "/box/";

bool is_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && path.substr(directory.size()).starts_with('/');
}

/// Returns 0, or the errno with which execve(2) would refuse the path.
int refusal(int box, const std::string& name, const std::vector<std::string>& dirs) {
  const std::string path = std::filesystem::path{name}.lexically_normal();
  struct stat status {};
  int answer = -1;
  errno = ENOENT;
  if (!path.starts_with('/')) {
    answer = ::fstatat(box, path.c_str(), &status, AT_SYMLINK_NOFOLLOW);
  } else if (path.starts_with(kBox)) {
    answer = ::fstatat(box, path.c_str() + kBox.size(), &status, AT_SYMLINK_NOFOLLOW);
  } else {
    const auto holds = [&](std::string_view directory) { return is_below(path, directory); };
    if (std::any_of(kDefaultDirs.begin(), kDefaultDirs.end(), holds) ||
        std::any_of(dirs.begin(), dirs.end(), holds))
      answer = ::stat(path.c_str(), &status);
  }
  if (answer < 0) return errno;
  return S_ISREG(status.st_mode) && (status.st_mode & S_IXOTH) != 0 ? 0 : EACCES;
}

}  // namespace

tl::expected<std::string, std::error_code> find_program(int box, const std::string& name,
                                                        const std::vector<std::string>& environment,
                                                        const std::vector<std::string>& dirs) {
  auto found = search_program(name, environment,
                              [&](const std::string& path) { return refusal(box, path, dirs); });
  const bool is_checked = name.find('/') == std::string::npos;
  if (!found || is_checked) return found;
  const int refused = refusal(box, name, dirs);
  if (refused == 0) return found;
  return tl::make_unexpected(std::error_code{refused, std::system_category()});
}

}  // namespace evalx::sandbox::isolate
