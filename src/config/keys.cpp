#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "config/value.hpp"

namespace evalx::config {
namespace {

using Complaint = std::optional<std::string>;
using Shape = Key::Shape;

constexpr std::array kSandboxWords{
    std::pair{SandboxKind::Native, std::string_view{"native"}},
    std::pair{SandboxKind::Isolate, std::string_view{"isolate"}},
};
constexpr std::array kDurabilityWords{
    std::pair{Durability::Strict, std::string_view{"strict"}},
    std::pair{Durability::Normal, std::string_view{"normal"}},
    std::pair{Durability::Ephemeral, std::string_view{"ephemeral"}},
};
constexpr std::array kShareWords{
    std::pair{ArtifactShare::None, std::string_view{"none"}},
    std::pair{ArtifactShare::Redis, std::string_view{"redis"}},
};
constexpr std::array kLevelWords{
    std::pair{log::Level::Debug, std::string_view{"debug"}},
    std::pair{log::Level::Info, std::string_view{"info"}},
    std::pair{log::Level::Warning, std::string_view{"warning"}},
    std::pair{log::Level::Error, std::string_view{"error"}},
    std::pair{log::Level::Off, std::string_view{"off"}},
};

/// Sets the member to what `parse` returns.
template <auto Member, auto Parse>
Complaint set_parsed(Settings& settings, std::string_view text) {
  auto parsed = Parse(text);
  if (!parsed) return std::move(parsed).error();
  settings.*Member = *std::move(parsed);
  return std::nullopt;
}

template <auto Member, const auto& WordList>
Complaint set_word(Settings& settings, std::string_view text) {
  using T = std::remove_cvref_t<decltype(settings.*Member)>;
  auto parsed = parse_word<T>(WordList, text);
  if (!parsed) return std::move(parsed).error();
  settings.*Member = *parsed;
  return std::nullopt;
}
template <auto Member, const auto& WordList>
std::string show_word(const Settings& settings) {
  using T = std::remove_cvref_t<decltype(settings.*Member)>;
  return std::string(word_of<T>(WordList, settings.*Member));
}

template <auto Member, std::uint64_t Least, std::uint64_t Most>
Complaint set_count(Settings& settings, std::string_view text) {
  using T = std::remove_cvref_t<decltype(settings.*Member)>;
  const auto count = parse_count(text, Least, Most);
  if (!count) return count.error();
  settings.*Member = static_cast<T>(*count);
  return std::nullopt;
}
template <auto Member>
std::string show_count(const Settings& settings) {
  return std::to_string(settings.*Member);
}

template <auto Member, std::uint64_t Least, std::uint64_t Most>
Complaint set_mebibytes(Settings& settings, std::string_view text) {
  const auto count = parse_count(text, Least, Most);
  if (!count) return count.error();
  settings.*Member = mebibytes(*count);
  return std::nullopt;
}
template <auto Member>
std::string show_mebibytes(const Settings& settings) {
  return std::to_string((settings.*Member).mib());
}

/// In the unit of the member's std::chrono type.
template <auto Member>
std::string show_time(const Settings& settings) {
  return std::to_string((settings.*Member).count());
}

template <auto Member>
std::string show_text(const Settings& settings) {
  return settings.*Member;
}

Complaint set_listen(Settings& settings, std::string_view text) {
  auto address = parse_address(text);
  if (!address) return std::move(address).error();
  settings.listen_address = std::move(address->host);
  settings.listen_port = address->port;
  return std::nullopt;
}
std::string show_listen(const Settings& settings) {
  const bool is_v6 = settings.listen_address.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + settings.listen_address + "]" : settings.listen_address;
  return host + ":" + std::to_string(settings.listen_port);
}

template <auto Member>
std::string show_list(const Settings& settings) {
  std::string text;
  for (const std::string& element : settings.*Member) text += (text.empty() ? "" : ",") + element;
  return text;
}
std::string show_tokens_file(const Settings& settings) {
  return settings.tokens_file.empty() ? std::string{kDefaultTokensFile} + ", if it exists"
                                      : settings.tokens_file.string();
}

std::string show_data_dir(const Settings& settings) {
  return settings.data_dir.value_or("");
}
/// Never the URL: it may contain a password.
std::string show_queue(const Settings& settings) {
  return std::holds_alternative<SqliteQueue>(settings.queue) ? "sqlite" : "redis";
}
std::string show_secrets(const Settings& settings) {
  return settings.webhook_secrets.empty() ? "not set" : "set";
}
template <auto Member>
std::string show_truth(const Settings& settings) {
  return settings.*Member ? "true" : "false";
}

constexpr std::uint64_t kMaxMebibytes = 16ULL * 1024 * 1024;
/// The configuration of isolate has a bound of its own, usually 1000.
constexpr std::uint64_t kMaxIsolateBox = 1'000'000;

constexpr Roles kServers{Role::Serve, Role::Api, Role::Worker};
constexpr Roles kTokenUsers{Role::Serve, Role::Api, Role::Worker, Role::Tokens};
constexpr Roles kServingApi{Role::Serve, Role::Api};
constexpr Roles kJudging{Role::Serve, Role::Worker};
constexpr Roles kSandboxing{Role::Serve, Role::Worker, Role::Local};
constexpr Roles kCatalogue{Role::Serve, Role::Api, Role::Worker, Role::Local};
constexpr Roles kQueueOwners{Role::Serve, Role::Api, Role::Worker, Role::Operator};
constexpr Roles kFolderOwners{Role::Serve, Role::Worker, Role::Operator};

constexpr std::array kKeys{
    Key{"listen", Shape::Text, "ADDR:PORT",
        "Address and port of HTTP. :2358 accepts the whole network, port 0 takes a free port",
        kServers, set_listen, show_listen},
    Key{"tokens_file", Shape::Text, "FILE",
        "Bearer tokens, by evalx token new. With any token, every request needs one", kTokenUsers,
        set_parsed<&Settings::tokens_file, parse_file>, show_tokens_file},
    Key{"allowed_hosts", Shape::Text, "NAMES",
        "Names of this server in Host, beside loopback names and addresses. Beyond loopback, "
        "without any, every name",
        kServers, set_parsed<&Settings::allowed_hosts, parse_hosts>,
        show_list<&Settings::allowed_hosts>},
    Key{"allowed_origins", Shape::Text, "URLS",
        "Origins of the web pages that may use this server, such as https://app.example", kServers,
        set_parsed<&Settings::allowed_origins, parse_origins>,
        show_list<&Settings::allowed_origins>},
    Key{"data_dir", Shape::Text, "DIR",
        "Folder of the queue, the results and the compiled programs; created if missing",
        kFolderOwners, set_parsed<&Settings::data_dir, parse_path>, show_data_dir},
    Key{"queue", Shape::Text, "sqlite|URL",
        "The queue: sqlite in the data folder, or a Redis that several servers share, "
        "redis://[user:password@]host:port/database. With a password, use the variable or the "
        "file: other users see the flags of a process",
        kQueueOwners, set_parsed<&Settings::queue, parse_queue>, show_queue},
    Key{"durability", Shape::Text, "CLASS",
        "Loss of a queue in Redis in a power cut: strict loses nothing, normal two seconds, "
        "ephemeral everything",
        kServers, set_word<&Settings::durability, kDurabilityWords>,
        show_word<&Settings::durability, kDurabilityWords>},
    Key{"sandbox", Shape::Text, "ENGINE",
        "The engine that runs programs: native, or isolate if you already trust that tool",
        kSandboxing, set_word<&Settings::sandbox, kSandboxWords>,
        show_word<&Settings::sandbox, kSandboxWords>},
    Key{"isolate_path", Shape::Text, "FILE",
        "The program for --sandbox=isolate: a path, or a name in PATH", kSandboxing,
        set_parsed<&Settings::isolate_path, parse_program>, show_text<&Settings::isolate_path>},
    Key{"isolate_first_box", Shape::Number, "N",
        "The first box of isolate to use; lower numbers are left to others", kSandboxing,
        set_count<&Settings::isolate_first_box, 0, kMaxIsolateBox>,
        show_count<&Settings::isolate_first_box>},
    Key{"seccomp_profile", Shape::Text, "PROFILE",
        "System calls that programs may use: standard, contest, or strict for machine code only",
        kSandboxing, set_word<&Settings::seccomp_profile, kSeccompProfiles>,
        show_word<&Settings::seccomp_profile, kSeccompProfiles>},
    Key{"allow_weak", Shape::Truth, "",
        "Start even if the sandbox lacks something it requires; evalx doctor lists what",
        kSandboxing, set_parsed<&Settings::allow_weak, parse_truth>,
        show_truth<&Settings::allow_weak>},
    Key{"max_concurrent_sandboxes", Shape::Number, "N",
        "Programs that run at the same time, 1 to 2048. One per CPU keeps timing fair", kJudging,
        set_count<&Settings::max_concurrent_sandboxes, 1, 2048>,
        show_count<&Settings::max_concurrent_sandboxes>},
    Key{"memory_budget_mb", Shape::Number, "MIB",
        "Sum of the memory limits of all running programs, in MiB", kJudging,
        set_mebibytes<&Settings::memory_budget, 64, kMaxMebibytes>,
        show_mebibytes<&Settings::memory_budget>},
    Key{"body_limit_mb", Shape::Number, "MIB", "Largest request, in MiB; a larger one gets 413",
        kServingApi, set_mebibytes<&Settings::body_limit, 1, 512>,
        show_mebibytes<&Settings::body_limit>},
    Key{"webhook_secrets", Shape::Text, "SECRETS",
        "Turns callback_url on: the secret that signs callbacks, whsec_ and then the output of "
        "openssl rand -base64 32; during a change the new and the old one with a comma between. "
        "Use the variable or the file: other users see the flags of a process",
        kServingApi, set_parsed<&Settings::webhook_secrets, parse_secrets>, show_secrets,
        /*is_secret=*/true},
    Key{"allow_private_callbacks", Shape::Truth, "",
        "Let clients choose private, loopback and link-local addresses as callback_url",
        kServingApi, set_parsed<&Settings::allow_private_callbacks, parse_truth>,
        show_truth<&Settings::allow_private_callbacks>},
    Key{"queue_capacity", Shape::Number, "N",
        "Submissions that may wait; beyond it clients get 503 with Retry-After", kServingApi,
        set_count<&Settings::queue_capacity, 1, 10'000'000>, show_count<&Settings::queue_capacity>},
    Key{"result_retention_hours", Shape::Number, "HOURS",
        "How long a finished submission is kept, 1 to 8760; then it is deleted", kServers,
        set_count<&Settings::result_retention, 1, 8760>, show_time<&Settings::result_retention>},
    Key{"result_capacity_mb", Shape::Number, "MIB",
        "Space for finished submissions, in MiB; beyond it the oldest are deleted early. With "
        "Redis at most half of its maxmemory",
        kServers, set_mebibytes<&Settings::result_capacity, 16, kMaxMebibytes>,
        show_mebibytes<&Settings::result_capacity>},
    Key{"http_threads", Shape::Number, "N", "Threads that serve HTTP, 1 to 256", kServingApi,
        set_count<&Settings::http_threads, 1, 256>, show_count<&Settings::http_threads>},
    Key{"languages_dir", Shape::Text, "DIR",
        "Folder of *.toml files that add languages or replace built-in ones", kCatalogue,
        set_parsed<&Settings::languages_dir, parse_path>, show_text<&Settings::languages_dir>},
    Key{"artifact_capacity_mb", Shape::Number, "MIB",
        "Disk space for compiled programs, in MiB; the least recently used are deleted first",
        kJudging, set_mebibytes<&Settings::artifact_capacity, 16, kMaxMebibytes>,
        show_mebibytes<&Settings::artifact_capacity>},
    Key{"artifact_share", Shape::Text, "none|redis",
        "How workers share compiled programs: none, or through the Redis of the queue", kJudging,
        set_word<&Settings::artifact_share, kShareWords>,
        show_word<&Settings::artifact_share, kShareWords>},
    Key{"log_level", Shape::Text, "LEVEL",
        "Lowest level to log: debug, info, warning, error or off", kServers,
        set_word<&Settings::log_level, kLevelWords>, show_word<&Settings::log_level, kLevelWords>},
    Key{"drain_grace_seconds", Shape::Number, "SECONDS",
        "How long running programs may finish after SIGTERM, 0 to 3600", kServers,
        set_count<&Settings::drain_grace, 0, 3600>, show_time<&Settings::drain_grace>},
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
