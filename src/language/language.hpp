#pragma once
// Language: one entry of the catalogue, read from languages/*.toml and detected on this machine.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/program_file.hpp"
#include "base/seccomp_profile.hpp"

namespace evalx::language {

/// Resources of the language's runtime, in addition to the program's limits.
struct Allowance {
  Bytes memory{};           ///< Added to the memory limit (for example for a JVM).
  Microseconds cpu_time{};  ///< Added to the CPU limit.
  unsigned processes = 0;   ///< Added to the process limit.
};

/// The bounds of {stack_kb} (placeholder.hpp), for a runtime that limits its stack itself.
struct StackBounds {
  Bytes least{};
  Bytes most = mebibytes(1024 * 1024);
  Bytes reserve{};  ///< Subtracted from the program's stack limit first; then the bounds apply.
};

struct CompileStep {
  std::vector<std::string> argv;         ///< With placeholders, see placeholder.hpp.
  std::vector<std::string> environment;  ///< "NAME=value".
  std::vector<std::string> options;      ///< Patterns of compiler options that clients may give.
  SeccompProfile narrowest_profile = SeccompProfile::Contest;  ///< The narrowest it can run under.
};

struct SelfTest {
  std::string source;
  std::string stdin_bytes;
  std::string expected_output;
};

/// The source of a version on this machine: the output of a command, or a file.
struct VersionSource {
  std::vector<std::string> argv;  ///< Empty if `file` is set.
  std::string file;               ///< For tools with a slow version command (the JVM, tsc).
  std::string pattern;            ///< Regular expression; its first group is the version.
  std::string product;            ///< "GCC"; empty if the title already has that name.
};

struct Language {
  std::string id;                    ///< "cpp"; [a-z0-9_+#.-]
  std::string title;                 ///< "C++17", without the detected version.
  std::string name;                  ///< "C++17 (GCC 12.2.0)"; the title if there is no version.
  std::vector<std::string> aliases;  ///< Lower case.
  std::vector<std::string> endings;  ///< ".cpp": files with it are sources, others are data.
  bool claims_endings = true;        ///< Whether this language is chosen by the ending alone.
  std::vector<int> judge0_ids;       ///< The first one is shown to clients.
  std::string source_file;  ///< The name of a program's only file, if the client gave none.
  std::vector<ProgramFile> support_files;  ///< Added to the sources.
  std::optional<CompileStep> compile;
  std::vector<std::string> run_argv;
  std::vector<std::string> run_environment;
  SeccompProfile narrowest_profile = SeccompProfile::Contest;  ///< The narrowest for running.
  Allowance allowance;
  StackBounds stack;
  /// Its runs share the slot's /proc: it starts so fast that the 0.2 ms for a /proc of its own
  /// would count.
  bool shared_proc = false;
  VersionSource version_source;
  std::vector<std::string> tools;       ///< Absolute paths that must exist.
  std::vector<std::string> packages;    ///< The Debian packages with the tools.
  std::vector<std::string> host_paths;  ///< Paths outside /usr that the tools need, read-only.
  std::string entry_rule;               ///< "", "java" or "kotlin": how to find the main class.
  SelfTest self_test;

  std::string version;  ///< As detected; empty if unavailable.
  std::string missing;  ///< Why it is unavailable and what to install; otherwise empty.
  [[nodiscard]] bool available() const { return missing.empty(); }
};

}  // namespace evalx::language
