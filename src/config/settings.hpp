#pragma once
// Settings: everything an operator can configure.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "base/seccomp_profile.hpp"

namespace evalx::config {

/// The engine that runs programs.
enum class SandboxKind {
  Native,   ///< Our own engine.
  Isolate,  ///< The command line tool isolate.
};

/// How workers share compiled programs.
enum class ArtifactShare {
  None,   ///< Not at all: each worker compiles for itself.
  Redis,  ///< Through the Redis of the queue.
};

/// A queue in data_dir, for one process alone.
struct SqliteQueue {};
/// A queue in a Redis, which several processes share.
struct RedisQueue {
  std::string url;  ///< redis://…; may contain a password: never shown, never logged.
};
using QueueChoice = std::variant<SqliteQueue, RedisQueue>;

/// How much a queue in Redis may lose in a power cut.
enum class Durability {
  Strict,     ///< Nothing.
  Normal,     ///< The last two seconds.
  Ephemeral,  ///< Everything.
};

struct Settings {
  std::string listen_address = "127.0.0.1";  ///< Numeric, IPv4 or IPv6 without brackets.
  std::uint16_t listen_port = 2358;          ///< 0: any free port.
  std::vector<std::string> allowed_hosts;    ///< Names in Host, in lower case, without ports.
  std::vector<std::string> allowed_origins;  ///< The origins of pages: "https://a.example:8443".
  /// Empty: kDefaultTokensFile, if it exists.
  std::filesystem::path tokens_file;
  /// Folder of the queue, its results and compiled programs. nullopt: not configured, and there is
  /// no home folder to choose one in.
  std::optional<std::filesystem::path> data_dir;
  QueueChoice queue;
  Durability durability = Durability::Strict;  ///< Only for a RedisQueue.
  SandboxKind sandbox = SandboxKind::Native;
  std::string isolate_path = "isolate";  ///< A path, or a name looked up in PATH.
  unsigned isolate_first_box = 0;        ///< Lower box numbers are left to other users of isolate.
  SeccompProfile seccomp_profile = SeccompProfile::Standard;  ///< Applied to submitted programs.
  bool allow_weak = false;  ///< Start even if a required mechanism is missing.
  std::size_t max_concurrent_sandboxes = 1;
  Bytes memory_budget = mebibytes(1024);  ///< Sum of the memory limits of all running programs.
  Bytes body_limit = mebibytes(16);       ///< A larger request gets 413.
  /// One or two, in the form of webhook::SigningSecrets; empty: callbacks are off. Never shown,
  /// never logged.
  std::vector<std::string> webhook_secrets;
  bool allow_private_callbacks = false;     ///< Callbacks may go to private addresses.
  std::size_t queue_capacity = 100'000;     ///< Waiting submissions; beyond it clients get 503.
  std::chrono::hours result_retention{24};  ///< A finished submission is deleted after this time.
  Bytes result_capacity =
      mebibytes(4096);  ///< Space for finished submissions; the oldest go first.
  unsigned http_threads = 1;
  /// Its *.toml files add languages or replace built-in ones. Empty: only the built-in ones.
  std::filesystem::path languages_dir;
  Bytes artifact_capacity = mebibytes(2048);  ///< Disk space for compiled programs.
  ArtifactShare artifact_share = ArtifactShare::None;
  log::Level log_level = log::Level::Info;
  std::chrono::seconds drain_grace{30};  ///< From SIGTERM until running jobs are given back.
};

/// In the working directory.
inline constexpr const char* kDefaultTokensFile = "tokens.toml";

/// NAME to value, as in environ(7).
using Environment = std::map<std::string, std::string, std::less<>>;

/// The facts about a machine and a process that defaults depend on.
struct Machine {
  unsigned cpus = 1;       ///< That this process may run on; whole ones, at least 1.
  unsigned sandboxes = 1;  ///< That have room at the same time.
  Bytes memory_budget = mebibytes(1024);
  std::uint64_t processes = 32'768;  ///< All running programs together.
  bool is_root = false;
};

/// The settings when nothing is configured. For root, data_dir is /var/lib/evalx; for other users
/// it is below XDG_DATA_HOME or HOME, and nullopt if neither is an absolute path.
Settings default_settings(const Machine& machine, const Environment& environment);
/// Folder for what commands keep for later commands: /var/cache/evalx for root; for other users it
/// is below XDG_CACHE_HOME or HOME, and nullopt if neither is an absolute path.
std::optional<std::filesystem::path> default_cache_dir(bool is_root,
                                                       const Environment& environment);

}  // namespace evalx::config
