#include "sandbox/native/proc_view.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

namespace evalx::sandbox::native {
namespace {

constexpr std::size_t kMostCovers = 256;
constexpr mode_t kOthersUse = S_IROTH | S_IWOTH;

bool is_process(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_visible(std::string_view name) {
  return name == "." || name == ".." || is_process(name) ||
         std::find(kVisibleInProc.begin(), kVisibleInProc.end(), name) != kVisibleInProc.end();
}

}  // namespace

Result<ProcCovers> survey_proc() {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir("/proc"), &::closedir};
  if (!stream) return fail(last_error(), "open /proc");
  ProcCovers covers;
  while (const dirent* entry = ::readdir(stream.get())) {
    if (is_visible(entry->d_name)) continue;
    const std::string path = std::string{"/proc/"} + entry->d_name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) < 0 || (status.st_mode & kOthersUse) == 0) continue;
    if (S_ISDIR(status.st_mode)) covers.directories.push_back(path);
    if (S_ISREG(status.st_mode)) covers.files.push_back(path);
    if (covers.files.size() + covers.directories.size() > kMostCovers)
      return fail(std::make_error_code(std::errc::argument_list_too_long), "cover /proc");
  }
  return covers;
}

}  // namespace evalx::sandbox::native
