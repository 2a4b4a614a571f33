#include "config/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/keys.hpp"

namespace evalx::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const Machine kMachine{
    .cpus = 12, .sandboxes = 12, .memory_budget = mebibytes(4096), .is_root = true};

Result<Settings> read(const Sources& sources) {
  return read_settings(sources, default_settings(kMachine, sources.environment));
}
Result<Settings> read_text(std::string text) {
  return read(
      {.file = Sources::File{"evalx.toml", std::move(text)}, .environment = {}, .flags = {}});
}
Result<Settings> read_variable(std::string name, std::string text) {
  return read({.file = {}, .environment = {{std::move(name), std::move(text)}}, .flags = {}});
}
Result<Settings> read_flag(std::string key, std::string text) {
  return read({.file = {}, .environment = {}, .flags = {{std::move(key), std::move(text)}}});
}
std::string complaint(const Result<Settings>& result) {
  return result ? "accepted" : result.error().what;
}

TEST(Settings, HaveDefaultsFromTheMachine) {
  const Settings settings = read({}).value();
  EXPECT_EQ(settings.listen_address, "127.0.0.1");
  EXPECT_EQ(settings.listen_port, 2358);
  EXPECT_EQ(settings.data_dir, "/var/lib/evalx");
  EXPECT_EQ(settings.max_concurrent_sandboxes, 12U);
  EXPECT_EQ(settings.memory_budget, mebibytes(4096));
  EXPECT_EQ(settings.result_retention, std::chrono::hours{24});
  EXPECT_EQ(settings.http_threads, 3U);
}

TEST(Settings, PutTheDataOfAUserBelowTheirHome) {
  const Machine machine{.cpus = 1, .memory_budget = mebibytes(64), .is_root = false};
  EXPECT_EQ(default_settings(machine, {{"HOME", "/home/a"}}).data_dir,
            "/home/a/.local/share/evalx");
  EXPECT_EQ(default_settings(machine, {{"HOME", "/home/a"}, {"XDG_DATA_HOME", "/d"}}).data_dir,
            "/d/evalx");
  EXPECT_EQ(default_settings(machine, {{"HOME", "/home/a"}, {"XDG_DATA_HOME", "d"}}).data_dir,
            "/home/a/.local/share/evalx");
}

TEST(Settings, HaveNoDataFolderWithoutAHome) {
  const Machine machine{.cpus = 1, .memory_budget = mebibytes(64), .is_root = false};
  const auto result = read_settings({}, default_settings(machine, {}));
  EXPECT_EQ(result.value().data_dir, std::nullopt);
  EXPECT_EQ(default_settings(machine, {{"HOME", "home"}}).data_dir, std::nullopt);
}

TEST(DefaultCacheDir, IsBelowTheCacheOrTheHomeOfAUser) {
  EXPECT_EQ(default_cache_dir(true, {{"HOME", "/root"}}), "/var/cache/evalx");
  EXPECT_EQ(default_cache_dir(false, {{"HOME", "/home/a"}}), "/home/a/.cache/evalx");
  EXPECT_EQ(default_cache_dir(false, {{"HOME", "/home/a"}, {"XDG_CACHE_HOME", "/c"}}), "/c/evalx");
  EXPECT_EQ(default_cache_dir(false, {{"HOME", "/home/a"}, {"XDG_CACHE_HOME", "c"}}),
            "/home/a/.cache/evalx");
}

TEST(DefaultCacheDir, IsNoRelativePathAndNoneWithoutAHome) {
  EXPECT_EQ(default_cache_dir(false, {}), std::nullopt);
  EXPECT_EQ(default_cache_dir(false, {{"HOME", ""}}), std::nullopt);
  EXPECT_EQ(default_cache_dir(false, {{"HOME", "home"}, {"XDG_CACHE_HOME", "c"}}), std::nullopt);
}

TEST(Settings, AreReadFromAFile) {
  const Settings settings = read_text(R"(
listen = "[::1]:80"
data_dir = "/srv/evalx"
queue = "sqlite"
sandbox = "isolate"
isolate_path = "/opt/isolate/bin/isolate"
isolate_first_box = 100
seccomp_profile = "strict"
allow_weak = true
max_concurrent_sandboxes = 500
memory_budget_mb = 2000
body_limit_mb = 8
queue_capacity = 10
result_retention_hours = 720
result_capacity_mb = 200
http_threads = 7
languages_dir = "/etc/evalx/languages"
artifact_capacity_mb = 100
log_level = "debug"
drain_grace_seconds = 0
)")
                                .value();
  EXPECT_EQ(settings.listen_address, "::1");
  EXPECT_EQ(settings.listen_port, 80);
  EXPECT_EQ(settings.data_dir, "/srv/evalx");
  EXPECT_EQ(settings.sandbox, SandboxKind::Isolate);
  EXPECT_EQ(settings.isolate_path, "/opt/isolate/bin/isolate");
  EXPECT_EQ(settings.isolate_first_box, 100U);
  EXPECT_EQ(settings.seccomp_profile, SeccompProfile::Strict);
  EXPECT_TRUE(settings.allow_weak);
  EXPECT_EQ(settings.max_concurrent_sandboxes, 500U);
  EXPECT_EQ(settings.memory_budget, mebibytes(2000));
  EXPECT_EQ(settings.body_limit, mebibytes(8));
  EXPECT_EQ(settings.queue_capacity, 10U);
  EXPECT_EQ(settings.result_retention, std::chrono::hours{720});
  EXPECT_EQ(settings.result_capacity, mebibytes(200));
  EXPECT_EQ(settings.http_threads, 7U);
  EXPECT_EQ(settings.languages_dir, "/etc/evalx/languages");
  EXPECT_EQ(settings.artifact_capacity, mebibytes(100));
  EXPECT_EQ(settings.log_level, log::Level::Debug);
  EXPECT_EQ(settings.drain_grace, std::chrono::seconds{0});
}

TEST(Settings, AreTheSameAfterBeingShownAndReadBack) {
  const Settings defaults = default_settings(kMachine, {});
  Environment environment;
  for (const Key& key : keys()) {
    if (key.is_secret) continue;  // Never shown.
    // Only this one has no value by default.
    environment[variable_of(key.name)] = key.name == "languages_dir" ? "/l" : key.show(defaults);
  }
  const Settings settings = read({.file = {}, .environment = environment, .flags = {}}).value();
  for (const Key& key : keys()) {
    if (key.is_secret) continue;
    EXPECT_EQ(key.show(settings), environment[variable_of(key.name)]) << key.name;
  }
}

TEST(Settings, PreferThePrefixedVariableForSandboxes) {
  EXPECT_EQ(read_variable("MAX_CONCURRENT_SANDBOXES", "3").value().max_concurrent_sandboxes, 3U);
  const Environment both{{"MAX_CONCURRENT_SANDBOXES", "3"},
                         {"EVALX_MAX_CONCURRENT_SANDBOXES", "4"}};
  EXPECT_EQ(read({.file = {}, .environment = both, .flags = {}}).value().max_concurrent_sandboxes,
            4U);
  EXPECT_THAT(complaint(read_variable("MAX_CONCURRENT_SANDBOXES", "0")),
              StartsWith("MAX_CONCURRENT_SANDBOXES: must be a whole number from 1 to 2048"));
}

TEST(Settings, PreferFlagsOverVariablesOverTheFile) {
  Sources sources;
  sources.file =
      Sources::File{"evalx.toml", "http_threads = 1\nqueue_capacity = 1\nlog_level = \"off\""};
  sources.environment = {{"EVALX_HTTP_THREADS", "2"}, {"EVALX_QUEUE_CAPACITY", "2"}};
  sources.flags = {{"http_threads", "3"}};
  const Settings settings = read(sources).value();
  EXPECT_EQ(settings.http_threads, 3U);
  EXPECT_EQ(settings.queue_capacity, 2U);
  EXPECT_EQ(settings.log_level, log::Level::Off);
}

TEST(Settings, TakeTheLastValueOfARepeatedFlag) {
  const Sources sources{
      .file = {}, .environment = {}, .flags = {{"http_threads", "3"}, {"http_threads", "4"}}};
  EXPECT_EQ(read(sources).value().http_threads, 4U);
}

TEST(Settings, IgnoreVariablesWithoutThePrefix) {
  EXPECT_TRUE(read_variable("EVALX", "x"));
  EXPECT_TRUE(read_variable("EVAL_X", "x"));
  EXPECT_TRUE(read_variable("EVALX_CONFIG", "/etc/evalx.toml"));
}

TEST(Settings, NameTheSourceOfAnUnknownKey) {
  EXPECT_EQ(complaint(read_text("\nlisten_on = \"x\"")),
            "evalx.toml:2: listen_on: unknown key; did you mean listen?");
  EXPECT_EQ(complaint(read_text("[server]\nlisten = \"x\"")), "evalx.toml:1: server: unknown key");
  EXPECT_EQ(complaint(read_flag("listener", "x")), "--listener: unknown flag");
}

TEST(Settings, NameTheSourceAndTheAllowedValues) {
  EXPECT_EQ(complaint(read_text("\n\nmax_concurrent_sandboxes = 4096")),
            "evalx.toml:3: max_concurrent_sandboxes: must be a whole number from 1 to 2048; it is "
            "\"4096\"");
  EXPECT_EQ(complaint(read_text("log_level = \"loud\"")),
            "evalx.toml:1: log_level: must be debug, info, warning, error or off; it is "
            "\"loud\"");
  EXPECT_EQ(complaint(read_variable("EVALX_BODY_LIMIT_MB", "16M")),
            "EVALX_BODY_LIMIT_MB: must be a whole number from 1 to 512; it is \"16M\"");
  EXPECT_EQ(complaint(read_flag("drain_grace_seconds", "-1")),
            "--drain-grace-seconds: must be a whole number from 0 to 3600; it is \"-1\"");
}

TEST(Settings, HideThePasswordInAComplaint) {
  EXPECT_THAT(complaint(read_flag("queue", "rediss://me:s3cr@t@db:6379/0")),
              testing::EndsWith("it is \"rediss://…@db:6379/0\""));
}

TEST(Settings, HideThePasswordOfAMistypedUrlInAComplaint) {
  for (const char* text : {"redis:me:s3cr@t@db", "redis:/me:s3cr@t@db", "redis//:s3cr@t@db",
                           ":s3cr@t@db", "REDIS://me:s3cr@t@db", "me:s3cr@t@db://x"}) {
    const std::string words = complaint(read_flag("queue", text));
    EXPECT_THAT(words, HasSubstr("…@db")) << text;
    EXPECT_THAT(words, testing::Not(HasSubstr("s3cr"))) << text;
  }
}

TEST(Settings, RefuseValuesOfTheWrongShape) {
  EXPECT_EQ(complaint(read_text("http_threads = \"4\"")),
            "evalx.toml:1: http_threads: must be a whole number, without quotes");
  EXPECT_EQ(complaint(read_text("http_threads = 4.0")),
            "evalx.toml:1: http_threads: must be a whole number, without quotes");
  EXPECT_EQ(complaint(read_text("allow_weak = \"true\"")),
            "evalx.toml:1: allow_weak: must be true or false, without quotes");
  EXPECT_EQ(complaint(read_variable("EVALX_ALLOW_WEAK", "1")),
            "EVALX_ALLOW_WEAK: must be true or false; it is \"1\"");
  EXPECT_EQ(complaint(read_text("listen = 2358")),
            "evalx.toml:1: listen: must be a text in quotes");
  EXPECT_EQ(complaint(read_text("data_dir = [\"/a\"]")),
            "evalx.toml:1: data_dir: must be a text in quotes");
}

TEST(Settings, RefuseAFileThatIsNotToml) {
  EXPECT_THAT(complaint(read_text("listen = \"127.0.0.1:1\"\nqueue = \n")),
              StartsWith("evalx.toml:2: "));
  EXPECT_THAT(complaint(read_text("queue = \"sqlite\"\nqueue = \"sqlite\"\n")),
              StartsWith("evalx.toml:2: "));
  EXPECT_THAT(complaint(read_text(std::string(100'000, '#'))),
              StartsWith("evalx.toml: must be at most"));
}

TEST(Settings, RefuseAddressesThatAreNotNumericWithAPort) {
  for (const char* text : {"", "2358", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:80x", "evalx.example:80", "::1:80", "[::1]",
                           "[127.0.0.1]:80", "[]:80", "256.0.0.1:80", "127.0.0.1 :80"}) {
    EXPECT_THAT(complaint(read_flag("listen", text)), StartsWith("--listen: must be ADDRESS:PORT"))
        << text;
  }
}

TEST(Settings, AcceptTheShortFormsOfAnAddress) {
  const std::pair<const char*, const char*> cases[] = {{"localhost:2358", "127.0.0.1"},
                                                       {":2358", "0.0.0.0"}};
  for (const auto& [text, address] : cases) {
    const Settings settings = read_flag("listen", text).value();
    EXPECT_EQ(settings.listen_address, address);
    EXPECT_EQ(settings.listen_port, 2358);
  }
}

TEST(Settings, ReadTheNamesOfHosts) {
  EXPECT_TRUE(read({}).value().allowed_hosts.empty());
  EXPECT_EQ(read_flag("allowed_hosts", "Evalx.Example, b").value().allowed_hosts,
            (std::vector<std::string>{"evalx.example", "b"}));
  EXPECT_TRUE(read_flag("allowed_hosts", "").value().allowed_hosts.empty());
  for (const char* text : {"a:80", "http://a", "*", "a,,b", ",", "a b"})
    EXPECT_THAT(complaint(read_flag("allowed_hosts", text)),
                StartsWith("--allowed-hosts: must be names of hosts without ports"))
        << text;
}

TEST(Settings, ReadTheOriginsOfPagesAsBrowsersWriteThem) {
  EXPECT_EQ(read_flag("allowed_origins",
                      "https://App.example:443,http://b:8080, http://[::1]:80,http://10.0.0.1")
                .value()
                .allowed_origins,
            (std::vector<std::string>{"https://app.example", "http://b:8080", "http://[::1]",
                                      "http://10.0.0.1"}));
  for (const char* text : {"app.example", "*", "null", "ftp://a", "https://a/", "https://a/b",
                           "https://", "https://a:0", "https://a:x", "https://[x]", "https://u@a"})
    EXPECT_THAT(complaint(read_flag("allowed_origins", text)),
                StartsWith("--allowed-origins: must be origins of pages"))
        << text;
}

TEST(Settings, WarnAboutUnknownVariablesAndNameTheNearest) {
  // Kubernetes sets the first two for a service of this name, compose needs the next two.
  const Environment environment{{"EVALX_PORT", "tcp://10.0.0.1:2358"},
                                {"EVALX_SERVICE_HOST", "10.0.0.1"},
                                {"EVALX_BIND", "127.0.0.1"},
                                {"EVALX_TAG", "latest"},
                                {"EVALX_LISTENER", "x"},
                                {"EVALX_QEUE", "sqlite"},
                                {"EVALX_CONFIG", "/etc/evalx.toml"},
                                {"EVALX_LISTEN", "127.0.0.1:1"},
                                {"PATH", "/bin"}};
  Sources sources;
  sources.environment = environment;
  EXPECT_EQ(read(sources).value().listen_port, 1);
  const std::vector<std::string> warnings = unknown_variables(environment);
  EXPECT_EQ(warnings.size(), 6U);
  EXPECT_THAT(warnings,
              testing::Contains("EVALX_TAG is not a variable of evalX, and has no effect"))
      << "no variable is near";
  EXPECT_THAT(warnings, testing::Contains("EVALX_LISTENER is not a variable of evalX, and has no "
                                          "effect; the nearest is EVALX_LISTEN"));
  EXPECT_THAT(warnings,
              testing::Contains("EVALX_QEUE is not a variable of evalX, and has no effect; "
                                "the nearest is EVALX_QUEUE"));
}

TEST(Settings, RefuseEmptyPaths) {
  EXPECT_THAT(complaint(read_flag("data_dir", "")),
              StartsWith("--data-dir: must be the path of a folder"));
  EXPECT_THAT(complaint(read_variable("EVALX_LANGUAGES_DIR", "")),
              StartsWith("EVALX_LANGUAGES_DIR: must be the path of a folder"));
}

TEST(Settings, AcceptARedisAndItsDurability) {
  EXPECT_TRUE(std::holds_alternative<SqliteQueue>(read({}).value().queue));
  EXPECT_EQ(read({}).value().durability, Durability::Strict);
  const Settings settings = read_flag("queue", "redis://:pw@localhost:7000/1").value();
  EXPECT_EQ(std::get<RedisQueue>(settings.queue).url, "redis://:pw@localhost:7000/1");
  EXPECT_EQ(find_key("queue")->show(settings), "redis") << "without the password";
  EXPECT_EQ(read_variable("EVALX_DURABILITY", "ephemeral").value().durability,
            Durability::Ephemeral);
  EXPECT_THAT(complaint(read_flag("durability", "some")),
              StartsWith("--durability: must be strict, normal or ephemeral"));
}

TEST(Settings, ShareArtifactsOnlyIfConfigured) {
  EXPECT_EQ(read({}).value().artifact_share, ArtifactShare::None);
  EXPECT_EQ(read_variable("EVALX_ARTIFACT_SHARE", "redis").value().artifact_share,
            ArtifactShare::Redis);
  EXPECT_EQ(read_flag("artifact_share", "none").value().artifact_share, ArtifactShare::None);
  EXPECT_THAT(complaint(read_flag("artifact_share", "yes")),
              StartsWith("--artifact-share: must be none or redis;"));
}

TEST(Settings, RefuseUnknownEnginesAndTlsToRedis) {
  EXPECT_THAT(complaint(read_flag("queue", "rediss://localhost")),
              HasSubstr("has no TLS to Redis"));
  EXPECT_THAT(complaint(read_flag("queue", "kafka")),
              StartsWith("--queue: must be sqlite or redis"));
  EXPECT_THAT(complaint(read_flag("sandbox", "docker")),
              StartsWith("--sandbox: must be native or isolate;"));
  for (const char* text : {"", "./isolate", "bin/isolate"}) {
    EXPECT_THAT(complaint(read_flag("isolate_path", text)),
                StartsWith("--isolate-path: must be an absolute path, or the name"));
  }
}

TEST(Settings, RefuseAnUnknownSeccompProfile) {
  EXPECT_THAT(complaint(read_variable("EVALX_SECCOMP_PROFILE", "none")),
              StartsWith("EVALX_SECCOMP_PROFILE: must be standard, contest or strict"));
}

TEST(Settings, AreFlagsOfTheRolesThatUseThem) {
  const auto is_used = [](const char* key, Role role) {
    return find_key(key)->used_by.contains(role);
  };
  for (const Role role : {Role::Serve, Role::Api, Role::Worker}) {
    EXPECT_TRUE(is_used("listen", role));
    EXPECT_TRUE(is_used("drain_grace_seconds", role));
  }
  EXPECT_FALSE(is_used("data_dir", Role::Api));
  EXPECT_FALSE(is_used("http_threads", Role::Worker));
  EXPECT_TRUE(is_used("seccomp_profile", Role::Local));
  EXPECT_FALSE(is_used("queue", Role::Local));
  EXPECT_TRUE(is_used("queue", Role::Operator));
  EXPECT_FALSE(is_used("listen", Role::Operator));
  for (const Key& key : keys()) EXPECT_TRUE(key.used_by.contains(Role::Serve)) << key.name;
}

TEST(Settings, RefuseNumbersOutsideTheirBounds) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"max_concurrent_sandboxes", {"0", "2049", "", "1e3", " 1", "99999999999999999999999"}},
      {"memory_budget_mb", {"63", "16777217"}},
      {"body_limit_mb", {"0", "513"}},
      {"queue_capacity", {"0", "10000001"}},
      {"result_retention_hours", {"0", "8761"}},
      {"result_capacity_mb", {"15", "16777217"}},
      {"http_threads", {"0", "257"}},
      {"artifact_capacity_mb", {"15"}},
      {"drain_grace_seconds", {"3601"}},
  };
  for (const auto& [key, texts] : cases) {
    for (const char* text : texts) {
      EXPECT_THAT(complaint(read_flag(key, text)), HasSubstr("must be a whole number from"))
          << key << " " << text;
    }
  }
}

TEST(Settings, ShortenALongValueInTheComplaint) {
  EXPECT_LT(complaint(read_flag("queue", std::string(5000, 'x'))).size(), 200U);
}

}  // namespace
}  // namespace evalx::config
