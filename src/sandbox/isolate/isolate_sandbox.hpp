#pragma once
// IsolateSandbox: the contract of sandbox.hpp kept by the command line tool `isolate`.

#include <memory>
#include <string>
#include <vector>

#include "sandbox/isolate/command.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::sandbox::isolate {

// For those who trust that tool already; tools from 1.8 (control groups version 1) and 2.x (version
// 2) are understood. What it cannot give, against the native engine:
//   Price      Every run makes a box, uses it once and removes it, by three processes that each
//              start anew. /bin/true on a busy machine of two cores, 1.8.1: 3.4 + 11.9 + 14.3 ms
//              in the median, 1.1 + 2.8 + 6.7 ms at best. The program's wall time begins before the
//              tool has built its mounts, and holds their price.
//   Time       Looked at every 100 ms: a kill comes up to that much late. Counted in whole
//              milliseconds, user and system time together (told as cpu_user).
//   Stopping   The tool sees our signal within 100 ms, so a flood or a cancelled run lasts that
//              much longer.
//   Files      /box and /tmp lie on the tool's disk, without bounds but that of each file: put the
//              tool's box_root on a file system with a limit. BoxSpec's size and inodes are not
//              kept. The program owns the files given to it, and may change its own copies.
//   Memory     Only with control groups; without, the addresses of each process are bounded. Files
//              in /box count as far as the kernel charges them: on a tmpfs, yes. The OOM killer
//              need not kill all of the program; Cause::Memory is told also if it went on.
//   Processes  Bounded; that the bound was met is not told. Open files are 512 before 1.9.
//   Filter     1.x has none, and there is no Cause::Forbidden.
//   Starting   argv[0] is the path that was found. A file that is plainly not there or not
//              executable is an error as the contract says; for one that execve(2) refuses after
//              that, tools from 1.9 on tell exit code 127, which is what is told here. A variable
//              cannot be set to nothing: it is left out.
//   Terminals  RunSpec::stdio is passed on, but the program has no job control: reading from a
//              terminal stops it.

enum class Cgroups {
  Required,
  IfAvailable,  ///< Without them if the tool says that it cannot: weaker, see above.
  Off,
};

struct IsolateOptions {
  std::string tool = "isolate";  ///< A path, or a name looked up in our PATH.
  unsigned first_box = 0;
  /// Runs at one time; more wait. Ids that another evalX has are passed over.
  unsigned boxes = 1;
  Cgroups cgroups = Cgroups::Required;
  /// Read-only paths of the machine, directories all, beside those that the tool has by itself
  /// (/bin /dev /lib /lib64 /usr). What the machine does not have is left out.
  std::vector<std::string> dirs{"/sbin", "/lib32", "/libx32", "/etc/alternatives"};
  /// Where lock files are kept, the same for all evalX of the machine, and a private folder for the
  /// tool's reports.
  std::string state_dir = "/run/lock";
};

/// Needs no privilege: the tool is setuid root, which it is not for a process with no_new_privs.
/// Lives on one event loop. Boxes must not outlive it.
class IsolateSandbox final : public Sandbox {
 public:
  /// Asks the tool for its version and has it run /bin/true with everything that later runs need;
  /// blocks meanwhile. To be called under the user who will run the boxes: they belong to him.
  /// Errors: one with the tool's own words; ERANGE for more boxes than it is configured for, EBUSY
  /// if others have too many of them; EINVAL for a path in `dirs` that it cannot be told of.
  static Result<std::unique_ptr<IsolateSandbox>> start(asio::io_context& loop,
                                                       IsolateOptions options);
  ~IsolateSandbox() override;

  Task<Result<std::unique_ptr<Box>>> open(BoxSpec spec) override;

  /// Boxes are no slots: all that is counted is what could not be removed.
  [[nodiscard]] Counters counters() const override;

  /// What was found.
  [[nodiscard]] Version version() const;
  /// Whether runs are in control groups: else limits are weak.
  [[nodiscard]] bool uses_cgroups() const;
  /// What it cannot give, against the native engine; only to be without control groups is such
  /// that somebody must have allowed it.
  [[nodiscard]] std::vector<Weakness> weaknesses() const;

 private:
  struct State;
  class IsolateBox;
  explicit IsolateSandbox(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace evalx::sandbox::isolate
