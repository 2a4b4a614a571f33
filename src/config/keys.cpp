#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "config/value.hpp"

namespace evalx::config {
namespace {

using Complaint = std::optional<std::string>;
using Shape = Key::Shape;

template <class T, class Use>
Complaint take(Parsed<T> parsed, Use use) {
  if (!parsed) return std::move(parsed).error();
  use(*std::move(parsed));
  return std::nullopt;
}

template <auto Member>
Complaint set_path(Settings& settings, std::string_view text) {
  return take(parse_path(text), [&](auto path) { settings.*Member = std::move(path); });
}
template <auto Member>
std::string show_path(const Settings& settings) {
  return settings.*Member;
}

template <auto Member, std::uint64_t Least, std::uint64_t Most>
Complaint set_count(Settings& settings, std::string_view text) {
  using T = std::remove_reference_t<decltype(settings.*Member)>;
  return take(parse_count(text, Least, Most),
              [&](std::uint64_t value) { settings.*Member = static_cast<T>(value); });
}
template <auto Member>
std::string show_count(const Settings& settings) {
  return std::to_string(settings.*Member);
}

template <auto Member, std::uint64_t Least, std::uint64_t Most>
Complaint set_mebibytes(Settings& settings, std::string_view text) {
  return take(parse_count(text, Least, Most),
              [&](std::uint64_t value) { settings.*Member = mebibytes(value); });
}
template <auto Member>
std::string show_mebibytes(const Settings& settings) {
  return std::to_string((settings.*Member).mib());
}

Complaint set_listen(Settings& settings, std::string_view text) {
  return take(parse_address(text), [&](Address address) {
    settings.listen_address = std::move(address.host);
    settings.listen_port = address.port;
  });
}
std::string show_listen(const Settings& settings) {
  const bool is_v6 = settings.listen_address.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + settings.listen_address + "]" : settings.listen_address;
  return host + ":" + std::to_string(settings.listen_port);
}

Complaint set_queue(Settings& settings, std::string_view text) {
  return take(parse_queue(text), [&](std::string queue) { settings.queue = std::move(queue); });
}
Complaint set_durability(Settings& settings, std::string_view text) {
  return take(parse_durability(text),
              [&](std::string word) { settings.durability = std::move(word); });
}
Complaint set_sandbox(Settings& settings, std::string_view text) {
  return take(parse_sandbox(text), [&](SandboxKind kind) { settings.sandbox = kind; });
}
std::string show_sandbox(const Settings& settings) {
  return settings.sandbox == SandboxKind::Isolate ? "isolate" : "native";
}
Complaint set_isolate_path(Settings& settings, std::string_view text) {
  return take(parse_program(text),
              [&](std::string path) { settings.isolate_path = std::move(path); });
}
Complaint set_seccomp_profile(Settings& settings, std::string_view text) {
  return take(parse_seccomp_profile(text),
              [&](SeccompProfile profile) { settings.seccomp_profile = profile; });
}
Complaint set_allow_weak(Settings& settings, std::string_view text) {
  return take(parse_truth(text), [&](bool value) { settings.allow_weak = value; });
}
Complaint set_artifact_share(Settings& settings, std::string_view text) {
  return take(parse_artifact_share(text),
              [&](ArtifactShare share) { settings.artifact_share = share; });
}
std::string show_artifact_share(const Settings& settings) {
  return settings.artifact_share == ArtifactShare::Redis ? "redis" : "none";
}
Complaint set_log_level(Settings& settings, std::string_view text) {
  return take(parse_level(text), [&](log::Level level) { settings.log_level = level; });
}
std::string show_log_level(const Settings& settings) {
  for (const char* word : {"debug", "info", "warning", "error"}) {
    if (parse_level(word) == settings.log_level) return word;
  }
  return "off";
}

Complaint set_drain_grace(Settings& settings, std::string_view text) {
  return take(parse_count(text, 0, 3600),
              [&](std::uint64_t value) { settings.drain_grace = std::chrono::seconds{value}; });
}

Complaint set_result_retention(Settings& settings, std::string_view text) {
  return take(parse_count(text, 1, 8760),
              [&](std::uint64_t value) { settings.result_retention = std::chrono::hours{value}; });
}

constexpr std::uint64_t kMaxMebibytes = 16ULL * 1024 * 1024;
/// The tool bounds them by its own configuration, as a rule to 1000.
constexpr std::uint64_t kMaxIsolateBox = 1'000'000;

constexpr std::array kKeys{
    Key{"listen", Shape::Text, "ADDR:PORT",
        "Where to serve HTTP. 0.0.0.0:2358 faces the network, port 0 takes any free one",
        set_listen, show_listen},
    Key{"data_dir", Shape::Text, "DIR",
        "Folder of the queue, the results and the compiled programs; made if missing",
        set_path<&Settings::data_dir>, show_path<&Settings::data_dir>},
    Key{"queue", Shape::Text, "sqlite|URL",
        "Where submissions wait: in the data folder, or in a Redis that several servers share, "
        "redis://[user:password@]host:port/database",
        set_queue, [](const Settings&) { return std::string("sqlite"); }},
    Key{"durability", Shape::Text, "CLASS",
        "What a queue in Redis may lose at a power cut: strict nothing, normal two seconds, "
        "ephemeral everything",
        set_durability, [](const Settings& settings) { return settings.durability; }},
    Key{"sandbox", Shape::Text, "ENGINE",
        "What runs the programs: native, or isolate where that tool is trusted already",
        set_sandbox, show_sandbox},
    Key{"isolate_path", Shape::Text, "FILE",
        "The isolate of --sandbox=isolate: a path, or a name in PATH", set_isolate_path,
        [](const Settings& settings) { return settings.isolate_path; }},
    Key{"isolate_first_box", Shape::Number, "N",
        "The first of isolate's boxes to use; those below are left to others",
        set_count<&Settings::isolate_first_box, 0, kMaxIsolateBox>,
        show_count<&Settings::isolate_first_box>},
    Key{"seccomp_profile", Shape::Text, "PROFILE",
        "System calls that programs may make: standard, contest or strict (native languages only)",
        set_seccomp_profile,
        [](const Settings& settings) { return std::string(to_string(settings.seccomp_profile)); }},
    Key{"allow_weak", Shape::Truth, "",
        "Start even if something the sandbox needs is missing here; evalx doctor tells what",
        set_allow_weak,
        [](const Settings& settings) -> std::string {
          return settings.allow_weak ? "true" : "false";
        }},
    Key{"max_concurrent_sandboxes", Shape::Number, "N",
        "Programs that run at one time, 1 to 2048. As many as CPUs keeps timing fair",
        set_count<&Settings::max_concurrent_sandboxes, 1, 2048>,
        show_count<&Settings::max_concurrent_sandboxes>},
    Key{"memory_budget_mb", Shape::Number, "MIB",
        "Sum of the memory limits of what runs at one time, in MiB",
        set_mebibytes<&Settings::memory_budget, 64, kMaxMebibytes>,
        show_mebibytes<&Settings::memory_budget>},
    Key{"body_limit_mb", Shape::Number, "MIB", "Largest request, in MiB; a larger one gets 413",
        set_mebibytes<&Settings::body_limit, 1, 512>, show_mebibytes<&Settings::body_limit>},
    Key{"queue_capacity", Shape::Number, "N",
        "Submissions that may wait; past it clients get 503 with Retry-After",
        set_count<&Settings::queue_capacity, 1, 10'000'000>, show_count<&Settings::queue_capacity>},
    Key{"result_retention_hours", Shape::Number, "HOURS",
        "How long a finished submission can be asked for, 1 to 8760; then it is deleted",
        set_result_retention,
        [](const Settings& settings) { return std::to_string(settings.result_retention.count()); }},
    Key{"http_threads", Shape::Number, "N", "Threads that serve HTTP, 1 to 256",
        set_count<&Settings::http_threads, 1, 256>, show_count<&Settings::http_threads>},
    Key{"languages_dir", Shape::Text, "DIR",
        "Folder of *.toml files that add languages or replace built-in ones",
        set_path<&Settings::languages_dir>, show_path<&Settings::languages_dir>},
    Key{"artifact_capacity_mb", Shape::Number, "MIB",
        "Disk for compiled programs, in MiB; the least recently used go first",
        set_mebibytes<&Settings::artifact_capacity, 16, kMaxMebibytes>,
        show_mebibytes<&Settings::artifact_capacity>},
    Key{"artifact_share", Shape::Text, "none|redis",
        "Whether workers give each other what they compiled, through the queue's Redis",
        set_artifact_share, show_artifact_share},
    Key{"log_level", Shape::Text, "LEVEL", "debug, info, warning, error or off", set_log_level,
        show_log_level},
    Key{"drain_grace_seconds", Shape::Number, "SECONDS",
        "After SIGTERM: how long running programs may finish, 0 to 3600", set_drain_grace,
        [](const Settings& settings) { return std::to_string(settings.drain_grace.count()); }},
};

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

const Key* find_key(std::string_view name) {
  const auto* const found =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

std::string flag_of(std::string_view name) {
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string variable_of(std::string_view name) {
  std::string variable = "EVALX_" + std::string(name);
  std::transform(variable.begin(), variable.end(), variable.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return variable;
}

}  // namespace evalx::config
