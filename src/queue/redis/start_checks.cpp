#include "queue/redis/start_checks.hpp"

#include <cstdlib>
#include <optional>

#include "base/log.hpp"
#include "queue/redis/connection.hpp"

namespace evalx::queue::redis {
namespace {

tl::unexpected<Error> unfit(const std::string& what) {
  return fail(std::make_error_code(std::errc::not_supported), "this Redis", what);
}

bool is_at_least_6_2(const std::string& version) {
  char* rest = nullptr;
  const long major = std::strtol(version.c_str(), &rest, 10);
  const long minor = *rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0;
  return major > 6 || (major == 6 && minor >= 2);
}

/// The value of "name:value\r\n" in a reply of INFO.
std::string info_value(const std::string& info, const std::string& name) {
  const std::size_t at = info.find(name + ":");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  return info.substr(begin, info.find_first_of("\r\n", begin) - begin);
}

struct Answers {
  ServerFacts facts;
  std::optional<Error> failure;
  unsigned waiting = 0;
  bool is_complete = false;
};

}  // namespace

Result<> judge_server(const ServerFacts& facts, Durability durability) {
  if (facts.version.empty()) return unfit("does not allow INFO; evalx must see redis_version");
  if (!is_at_least_6_2(facts.version)) {
    return unfit("has version " + facts.version + "; 6.2 or later is needed, or Valkey");
  }
  if (durability == Durability::Ephemeral) return {};
  if (facts.eviction.empty() || facts.append_only.empty()) {
    return unfit("does not allow CONFIG GET; evalx must see maxmemory-policy and appendonly");
  }
  if (facts.eviction != "noeviction") {
    return unfit("evicts keys (maxmemory-policy " + facts.eviction +
                 "); set noeviction, or durability = ephemeral");
  }
  if (facts.append_only != "yes") {
    return unfit(
        "stores nothing on disk (appendonly no); set appendonly yes, or durability = "
        "ephemeral");
  }
  if (durability == Durability::Strict && facts.append_fsync != "always") {
    return unfit("may lose its last second (appendfsync " + facts.append_fsync +
                 "); set appendfsync always, or durability = normal");
  }
  return {};
}

Result<> check_server(const Address& address, Durability durability, Milliseconds patience) {
  asio::io_context loop{1};
  Answers answers;
  std::optional<Connection> connection;
  const auto ask = [&](std::vector<std::string> command, auto use) {
    ++answers.waiting;
    connection->call(std::move(command), [&, use](const Result<Reply>& reply) {
      if (!reply) answers.failure = reply.error();
      if (reply) use(*reply);
      if (--answers.waiting > 0) return;
      answers.is_complete = true;
      connection->stop();
    });
  };
  const auto configuration = [&](const char* name, std::string& into) {
    ask({"CONFIG", "GET", name}, [&into](const Reply& reply) { into = reply.at(1).text; });
  };
  Connection::Hooks hooks;
  hooks.ready = [&] {
    answers.failure.reset();
    ask({"INFO", "server"}, [&](const Reply& reply) {
      answers.facts.version = info_value(reply.text, "redis_version");
    });
    configuration("maxmemory-policy", answers.facts.eviction);
    configuration("appendonly", answers.facts.append_only);
    configuration("appendfsync", answers.facts.append_fsync);
  };
  bool has_logged = false;
  hooks.lost = [&](const Error& why) {
    answers.failure = why;
    const bool is_final = why.code == std::errc::permission_denied;  // Waiting would not help.
    if (is_final) connection->stop();
    if (!is_final && !has_logged)
      log::info("waiting for Redis", {{"redis", address.shown()},
                                      {"seconds", patience.count() / 1000},
                                      {"error", why.code.message()}});
    has_logged = true;
  };
  connection.emplace(loop, address, std::move(hooks));
  connection->start();
  loop.run_for(patience);
  if (answers.failure || !answers.is_complete) {
    // Copied: stop() fails the calls that still wait.
    const Error why = answers.failure.value_or(Error{std::make_error_code(std::errc::timed_out),
                                                     "wait for an answer of " + address.shown()});
    connection->stop();
    loop.restart();
    loop.run_for(patience);
    return tl::make_unexpected(why);
  }
  return judge_server(answers.facts, durability);
}

}  // namespace evalx::queue::redis
