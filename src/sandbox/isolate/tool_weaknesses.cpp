#include "sandbox/isolate/tool_weaknesses.hpp"

namespace evalx::sandbox::isolate {
namespace {

/// From this version on the tool refuses some calls: keyctl(2), io_uring_setup(2), locks (its
/// NEWS).
constexpr Version kFilters{2, 4};

constexpr const char* kNative = "--sandbox=native";

}  // namespace

std::vector<Weakness> weaknesses_of(const Tool& tool) {
  std::vector<Weakness> found;
  if (!tool.cgroups)
    found.push_back({"isolate: control groups",
                     "limits apply to each process, not to a run as a whole",
                     "set cg_root in isolate's configuration, and start isolate.service where its "
                     "package has one"});
  found.push_back(
      {"isolate: system call filter",
       tool.version >= kFilters
           ? "programs may make all system calls except a few, and no verdict reports those"
           : "programs may make any system call",
       kNative, false});
  found.push_back({"isolate: size of a box",
                   "a program may fill the disk of isolate's boxes, file by file",
                   "put isolate's box_root on a file system of its own, with a size limit", false});
  found.push_back({"isolate: files of a submission",
                   "a program owns its copies of the files and may change them", kNative, false});
  found.push_back({"isolate: time", "limits are checked every 100 ms, so a kill may come that late",
                   kNative, false});
  found.push_back(
      {"isolate: process limit", "no verdict reports that a program reached it", kNative, false});
  if (tool.version < kSetsOpenFiles)
    found.push_back({"isolate: open files", "every program may open 512, whatever its limit",
                     "install isolate 1.9 or newer", false});
  return found;
}

}  // namespace evalx::sandbox::isolate
