#pragma once
// IsolateSandbox: the contract of sandbox.hpp kept by the command line tool `isolate`.

#include <memory>
#include <string>
#include <vector>

#include "sandbox/isolate/command.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/weakness.hpp"

namespace evalx::sandbox::isolate {

// For operators that trust that tool already. Versions from 1.8 on (control groups version 1)
// and 2.x (version 2) are supported. Compared with the native engine, it lacks:
//   Speed      Every run makes a box, uses it once and removes it: three processes of the tool.
//              Measured with 1.8.1 and /bin/true on a busy machine with two cores: the three take
//              3.4 + 11.9 + 14.3 ms in the median, 1.1 + 2.8 + 6.7 ms at best. The program's wall
//              time begins before the tool has made its mounts, and includes them.
//   Time       Limits are checked every 100 ms, so a kill may be that late. Times are whole
//              milliseconds; user and system time are reported together, as cpu_user.
//   Stopping   The tool sees our signal within 100 ms: a run over its output limit, or a cancelled
//              one, lasts that much longer.
//   Files      /box and /tmp are on the tool's disk, limited only by the size of each file: put the
//              tool's box_root on a file system with a limit. BoxSpec's size and inodes have no
//              effect. The program owns its copies of the files and may change them.
//   Memory     Limited as a whole only with control groups; without, the address space of each
//              process is limited. Files in /box count as far as the kernel charges them, which it
//              does on a tmpfs. The OOM killer need not kill all processes; Cause::Memory is also
//              reported if the program continued.
//   Processes  Limited, but reaching the limit is not reported. Open files are 512 before 1.9.
//   Filter     None before 2.4, which refuses a few calls. There is no Cause::Forbidden, and open()
//              refuses every profile but standard (ENOTSUP).
//   Starting   argv[0] is the path that was found. A file that is missing or not executable is
//              reported as NotStarted. If execve(2) refuses it for another reason, tools from 1.9
//              on report exit code 127, and so do we. A variable cannot be set to an empty value:
//              it is left out.
//   Terminals  RunSpec::stdio is passed on, but the program has no job control: reading from a
//              terminal stops it.

enum class Cgroups {
  Required,
  IfAvailable,  ///< Without them if the tool refuses them: weaker, see above.
  Off,
};

struct IsolateOptions {
  std::string tool = "isolate";  ///< A path, or a name looked up in our PATH.
  unsigned first_box = 0;
  /// The number of boxes, and so of runs at one time; more runs wait. Ids that another evalX holds
  /// are skipped.
  unsigned boxes = 1;
  Cgroups cgroups = Cgroups::Required;
  /// Directories of the machine to bind read-only, in addition to the tool's own (/bin /dev /lib
  /// /lib64 /usr). Directories that the machine does not have are left out.
  std::vector<std::string> dirs{"/sbin", "/lib32", "/libx32", "/etc/alternatives"};
  /// The folder for the lock files, the same for all evalX of the machine, and for a private folder
  /// with the tool's reports.
  std::string state_dir = "/run/lock";
};

/// Needs no privilege, because the tool is setuid root. That has no effect with no_new_privs.
/// Lives on one event loop. Boxes must not outlive it.
class IsolateSandbox final : public Sandbox {
 public:
  /// Reads the tool's version, and runs /bin/true with all options of later runs; blocks meanwhile.
  /// To be called as the user that will run the boxes, because they belong to it. Errors: the
  /// tool's message; ERANGE for more boxes than it is configured for, EBUSY if other processes hold
  /// too many of them; EINVAL for a path in `dirs` that it cannot bind.
  static Result<std::unique_ptr<IsolateSandbox>> start(asio::io_context& loop,
                                                       IsolateOptions options);
  ~IsolateSandbox() override;

  Task<Result<std::unique_ptr<Box>>> open(BoxSpec spec) override;

  /// Boxes are no slots: this counts only boxes that could not be removed.
  [[nodiscard]] Counters counters() const override;

  /// The version of the tool.
  [[nodiscard]] Version version() const;
  /// Whether runs are in control groups. If not, limits are weak.
  [[nodiscard]] bool uses_cgroups() const;
  /// Its weaknesses compared with the native engine. Only missing control groups must be allowed by
  /// the operator.
  [[nodiscard]] std::vector<Weakness> weaknesses() const;

 private:
  struct State;
  class IsolateBox;
  explicit IsolateSandbox(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace evalx::sandbox::isolate
