#pragma once
// Language: one entry of the catalogue, read from languages/*.toml and looked for on this machine.

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace evalx::language {

/// What a language's own machinery needs on top of the program's limits.
struct Allowance {
  Bytes memory{};           ///< Added to the memory limit (a JVM's own).
  Microseconds cpu_time{};  ///< Added to the CPU limit.
  unsigned processes = 0;   ///< Added to the process limit.
};

struct CompileStep {
  std::vector<std::string> argv;         ///< With placeholders, see plan.hpp.
  std::vector<std::string> environment;  ///< "NAME=value".
  std::vector<std::string> options;      ///< Patterns of compiler options that clients may give.
};

struct SelfTest {
  std::string source;
  std::string stdin_bytes;
  std::string expected_output;
};

struct Language {
  std::string id;     ///< "cpp"; [a-z0-9_+#.-]
  std::string title;  ///< "C++17", without the version found.
  std::string name;   ///< "C++17 (GCC 12.2.0)", with it; = title if not found.
  std::vector<std::string> aliases;
  std::vector<std::string>
      endings;  ///< ".cpp": which of several files are sources; first: `evalx run`.
  std::vector<int> judge0_ids;
  std::string source_file;  ///< Name given to a single source.
  std::optional<CompileStep> compile;
  std::vector<std::string> run_argv;
  std::vector<std::string> run_environment;
  Allowance allowance;
  bool shared_proc = false;  ///< A start so cheap that a /proc of its own would show.
  std::vector<std::string> version_argv;
  std::string version_pattern;          ///< Regular expression, first group is the version.
  std::vector<std::string> tools;       ///< Absolute paths that must exist.
  std::vector<std::string> packages;    ///< Debian packages that provide them.
  std::vector<std::string> host_paths;  ///< Read-only paths outside /usr that the tools need.
  std::string entry_rule;  ///< "", or "java": how the entry's name and main class follow.
  SelfTest self_test;

  std::string version;  ///< As found; empty if unavailable.
  std::string missing;  ///< Why unavailable, with what to install; empty if available.
  [[nodiscard]] bool available() const { return missing.empty(); }
};

}  // namespace evalx::language
