#pragma once
// Language: one entry of the catalogue, read from languages/*.toml and looked for on this machine.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/program_file.hpp"
#include "base/seccomp_profile.hpp"

namespace evalx::language {

/// What a language's own machinery needs on top of the program's limits.
struct Allowance {
  Bytes memory{};           ///< Added to the memory limit (a JVM's own).
  Microseconds cpu_time{};  ///< Added to the CPU limit.
  unsigned processes = 0;   ///< Added to the process limit.
};

/// What {stack_kb} may say to a runtime that bounds its stack itself.
struct StackBounds {
  Bytes least{};
  Bytes most = mebibytes(1024 * 1024);
  Bytes reserve{};  ///< Taken off the real stack before the bounds apply.
};

struct CompileStep {
  std::vector<std::string> argv;         ///< With placeholders, see placeholder.hpp.
  std::vector<std::string> environment;  ///< "NAME=value".
  std::vector<std::string> options;      ///< Patterns of compiler options that clients may give.
  SeccompProfile narrowest_profile = SeccompProfile::Contest;  ///< Of those that it claims.
};

struct SelfTest {
  std::string source;
  std::string stdin_bytes;
  std::string expected_output;
};

/// Where the version found on this machine is read: what a command prints, or a file.
struct VersionSource {
  std::vector<std::string> argv;  ///< Empty if `file` is set.
  std::string file;               ///< For tools that take long to say it (the JVM, tsc).
  std::string pattern;            ///< Regular expression, first group is the version.
  std::string product;            ///< "GCC"; empty if the title names the tool well enough.
};

struct Language {
  std::string id;                    ///< "cpp"; [a-z0-9_+#.-]
  std::string title;                 ///< "C++17", without the version found.
  std::string name;                  ///< "C++17 (GCC 12.2.0)", with it; = title if not found.
  std::vector<std::string> aliases;  ///< Lower case.
  std::vector<std::string> endings;  ///< ".cpp": which of several files are sources.
  bool claims_endings = true;   ///< Whether a file alone with such an ending means this language.
  std::vector<int> judge0_ids;  ///< The first is the one to show.
  std::string source_file;      ///< Name given to a single source.
  std::vector<ProgramFile> support_files;  ///< Placed beside the sources.
  std::optional<CompileStep> compile;
  std::vector<std::string> run_argv;
  std::vector<std::string> run_environment;
  SeccompProfile narrowest_profile = SeccompProfile::Contest;  ///< Of those that running claims.
  Allowance allowance;
  StackBounds stack;
  bool shared_proc = false;  ///< A start so cheap that a /proc of its own would show.
  VersionSource version_source;
  std::vector<std::string> tools;       ///< Absolute paths that must exist.
  std::vector<std::string> packages;    ///< Debian packages that provide them.
  std::vector<std::string> host_paths;  ///< Read-only paths outside /usr that the tools need.
  std::string entry_rule;               ///< "", "java" or "kotlin": how the main class follows.
  SelfTest self_test;

  std::string version;  ///< As found; empty if unavailable.
  std::string missing;  ///< Why unavailable, with what to install; empty if available.
  [[nodiscard]] bool available() const { return missing.empty(); }
};

}  // namespace evalx::language
