#pragma once
// Settings: all that an operator may decide about a server.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "base/seccomp_profile.hpp"

namespace evalx::config {

/// What runs the programs.
enum class SandboxKind {
  Native,   ///< Our own engine.
  Isolate,  ///< The command line tool isolate.
};

/// What workers do with the programs that they compile.
enum class ArtifactShare {
  None,   ///< Each compiles for itself.
  Redis,  ///< They give them to each other, through the Redis of the queue.
};

struct Settings {
  std::string listen_address = "127.0.0.1";  ///< Numeric, IPv4 or IPv6 without brackets.
  std::uint16_t listen_port = 2358;          ///< 0: any free port.
  std::filesystem::path data_dir;            ///< The queue, its results, and compiled programs.
  std::string queue = "sqlite";       ///< Or redis://…, with a password perhaps: not to be shown.
  std::string durability = "strict";  ///< Of a queue in Redis: strict, normal or ephemeral.
  SandboxKind sandbox = SandboxKind::Native;
  std::string isolate_path = "isolate";  ///< A path, or a name looked up in PATH.
  unsigned isolate_first_box = 0;        ///< Boxes below are left to others.
  SeccompProfile seccomp_profile = SeccompProfile::Standard;  ///< Of the programs that are run.
  bool allow_weak = false;  ///< Start even if a required mechanism is missing.
  std::size_t max_concurrent_sandboxes = 1;
  Bytes memory_budget = mebibytes(1024);    ///< The sum of the limits of what runs at one time.
  Bytes body_limit = mebibytes(16);         ///< Of one request; beyond: 413.
  std::size_t queue_capacity = 100'000;     ///< Waiting submissions; beyond: 503.
  std::chrono::hours result_retention{24};  ///< Of a finished submission; then it is deleted.
  unsigned http_threads = 1;
  std::filesystem::path languages_dir;  ///< *.toml files on top of the built-in; may be empty.
  Bytes artifact_capacity = mebibytes(2048);
  ArtifactShare artifact_share = ArtifactShare::None;
  log::Level log_level = log::Level::Info;
  std::chrono::seconds drain_grace{30};  ///< From SIGTERM until what still runs is given back.
};

/// NAME to value, as in environ(7).
using Environment = std::map<std::string, std::string, std::less<>>;

/// What defaults depend on.
struct Machine {
  unsigned cpus = 1;
  Bytes memory_budget = mebibytes(1024);
  bool is_root = false;
};

/// The settings of one who decides nothing. Without root the data lie where XDG_DATA_HOME or HOME
/// says; if neither does, data_dir is empty, which read_settings() refuses.
Settings default_settings(const Machine& machine, const Environment& environment);

}  // namespace evalx::config
