#include "queue/redis/scripts.hpp"

#include "base/assert.hpp"
#include "queue/state.hpp"

namespace evalx::queue::redis {
namespace {

/// Turns an error reply into an Error.
Result<Reply> judged(Result<Reply> reply) {
  if (reply && reply->kind == Reply::Kind::Error) {
    return fail(Errc::Unavailable, "redis", reply->text);
  }
  return reply;
}

}  // namespace

Scripts::Scripts(Connection& connection, std::string prefix)
    : connection_(connection), prefix_(std::move(prefix)) {
  std::string prelude;
  for (const EmbeddedFile& file : script_files()) {  // In the order of their names.
    if (file.name.starts_with("prelude")) prelude += file.text;
  }
  for (const EmbeddedFile& file : script_files()) {
    const std::string_view name = file.name.substr(0, file.name.find('.'));
    scripts_[std::string(name)].text = prelude + std::string(file.text);
  }
}

std::vector<std::string> Scripts::command(std::string verb, const std::string& what,
                                          const std::vector<std::string>& args) const {
  std::vector<std::string> words{std::move(verb), what, "1", prefix_};
  words.insert(words.end(), args.begin(), args.end());
  return words;
}

void Scripts::run(std::string_view name, std::vector<std::string> args, Connection::Done done) {
  const auto found = scripts_.find(name);
  EVALX_ASSERT(found != scripts_.end());
  Script& script = found->second;
  const auto kept = std::make_shared<std::vector<std::string>>(std::move(args));
  if (script.digest.empty()) return run_text(script, kept, std::move(done));
  connection_.call(command("EVALSHA", script.digest, *kept),
                   [this, &script, kept, done = std::move(done)](Result<Reply> reply) {
                     // After a restart, or SCRIPT FLUSH: nothing was done yet.
                     const bool is_unknown = reply && reply->kind == Reply::Kind::Error &&
                                             reply->text.starts_with("NOSCRIPT");
                     if (is_unknown) return run_text(script, kept, done);
                     done(judged(std::move(reply)));
                   });
}

void Scripts::run_text(Script& script, const Arguments& args, Connection::Done done) {
  connection_.call({"SCRIPT", "LOAD", script.text}, [&script](const Result<Reply>& reply) {
    if (reply && reply->kind == Reply::Kind::Text) script.digest = reply->text;
  });
  connection_.call(
      command("EVAL", script.text, *args),
      [done = std::move(done)](Result<Reply> reply) { done(judged(std::move(reply))); });
}

}  // namespace evalx::queue::redis
