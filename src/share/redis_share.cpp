#include "share/redis_share.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/embedded_file.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "kernel/file.hpp"
#include "kernel/memory_file.hpp"
#include "queue/redis/connection.hpp"
#include "queue/thread.hpp"

namespace evalx::share {

/// scripts/*.lua, compiled into the binary.
std::span<const EmbeddedFile> script_files();

namespace {

using artifact::Artifact;
using queue::redis::Reply;
using WaitClock = Timer::clock_type;

constexpr Milliseconds kAnswerPatience{5'000};
constexpr Milliseconds kFirstPause{20};
constexpr Milliseconds kLongestPause{250};
/// After this many broken artifacts, compile: a peer that stores broken ones must not delay a job.
constexpr unsigned kMaxBroken = 2;

// A value in Redis: the magic, the SHA-256 of key and content, then the content. The digest detects
// a value that was cut, changed, or stored under another key.
constexpr std::string_view kMagic = "EVXSHAR1";
constexpr std::size_t kHeadBytes = kMagic.size() + std::tuple_size_v<Digest>;

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Digest check_of(const Digest& key, std::string_view content) {
  DigestBuilder digest;
  digest.raw(bytes_of(key)).raw(content);
  return digest.finish();
}

/// Makes the value for the content of `fd` and `behind`; nullopt if it is larger than `most` or
/// unreadable.
std::optional<std::string> value_of(const Digest& key, int fd, std::string_view behind,
                                    Bytes most) {
  struct stat status {};
  if (::fstat(fd, &status) < 0) return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size + behind.size() > most.count) return std::nullopt;
  std::string value(kHeadBytes + size, '\0');
  const auto content = std::as_writable_bytes(std::span{value}.subspan(kHeadBytes));
  if (!kernel::read_at(fd, 0, content)) return std::nullopt;
  value += behind;
  const Digest check = check_of(key, std::string_view{value}.substr(kHeadBytes));
  value.replace(0, kMagic.size(), kMagic);
  value.replace(kMagic.size(), check.size(), bytes_of(check));
  return value;
}

/// Returns the content of a value; nullopt if its digest is wrong for this key.
std::optional<std::string_view> verified(const Digest& key, std::string_view value) {
  if (value.size() < kHeadBytes || !value.starts_with(kMagic)) return std::nullopt;
  const std::string_view content = value.substr(kHeadBytes);
  const Digest check = check_of(key, content);
  if (value.substr(kMagic.size(), check.size()) != bytes_of(check)) return std::nullopt;
  return content;
}

/// Copies the content to a sealed memory file; null if there is no memory.
Artifact sealed(std::string_view content) {
  auto file = kernel::sealed_file("artifact", content);
  return file ? std::make_shared<const kernel::Fd>(*std::move(file)) : nullptr;
}

std::string text_of(Milliseconds time) {
  return std::to_string(time.count());
}

class RedisShare final : public artifact::Share {
 public:
  RedisShare(asio::io_context& loop, Options options)
      : loop_(loop),
        options_(std::move(options)),
        owner_(std::to_string(queue::random_bits())),
        connection_(loop, options_.address, {[this] { set_name(); }, {}, {}, {}}) {
    connection_.start();
    asio::co_spawn(loop_, renew_claims(), asio::detached);
  }

  Task<Artifact> find(Digest key, Milliseconds patience, std::stop_token stop) override;
  Task<bool> claim(Digest key, Milliseconds bound) override;
  void offer(const Digest& key, int content, std::string_view behind) override;
  void release(const Digest& key) override;
  [[nodiscard]] Counters counters() const override { return counters_; }

 private:
  Task<Result<Reply>> ask(std::vector<std::string> command, std::stop_token stop);
  Task<> pause_for(Milliseconds time, std::stop_token stop);
  Task<> renew_claims();
  void set_name();
  void end_claim(const std::string& name);
  [[nodiscard]] std::vector<std::string> script(std::string_view name,
                                                std::vector<std::string> args) const;

  asio::io_context& loop_;
  const Options options_;
  const std::string owner_;  ///< The name of this process in its claims.
  Counters counters_;
  std::map<std::string, WaitClock::time_point> claims_;  ///< Renewed until this time.
  queue::redis::Connection connection_;
};

/// A wait for a reply.
struct Waiting {
  Waiting(asio::io_context& loop, Milliseconds time) : timer(loop.get_executor(), time) {}
  Timer timer;
  std::optional<Result<Reply>> reply;
};

/// Sends a command and waits for the reply. Errors: ETIMEDOUT after kAnswerPatience or a stop;
/// Connection's.
Task<Result<Reply>> RedisShare::ask(std::vector<std::string> command, std::stop_token stop) {
  const auto waiting = std::make_shared<Waiting>(loop_, kAnswerPatience);
  connection_.call(std::move(command), [waiting](Result<Reply> reply) {
    waiting->reply = std::move(reply);
    waiting->timer.cancel();
  });
  const std::shared_ptr<Timer> timer{waiting, &waiting->timer};
  if (!waiting->reply) co_await wait_on(timer, std::move(stop));
  if (!waiting->reply) co_return fail(std::make_error_code(std::errc::timed_out), "redis");
  co_return *std::move(waiting->reply);
}

Task<> RedisShare::pause_for(Milliseconds time, std::stop_token stop) {
  co_await wait_on(std::make_shared<Timer>(loop_, time), std::move(stop));
}

Task<Artifact> RedisShare::find(Digest key, Milliseconds patience, std::stop_token stop) {
  const std::string name = to_hex(key);
  const auto end = WaitClock::now() + patience;
  Milliseconds pause = kFirstPause;
  unsigned broken = 0;
  while (!stop.stop_requested() && WaitClock::now() < end) {
    std::vector<std::string> command = script("find", {name, text_of(options_.retention)});
    const auto reply = co_await ask(std::move(command), stop);
    if (!reply || reply->kind != Reply::Kind::List) co_return nullptr;
    if (reply->at(0).kind == Reply::Kind::Text) {
      if (const auto content = verified(key, reply->at(0).text)) {
        Artifact found = sealed(*content);
        if (found) ++counters_.hits;
        co_return found;
      }
      ++counters_.broken;
      log::warning("a shared artifact is broken, and is deleted", {{"digest", name}});
      connection_.call({"UNLINK", options_.prefix + "artifact:" + name}, [](const auto&) {});
      if (++broken == kMaxBroken) co_return nullptr;
      continue;
    }
    const auto left = reply->at(1).number();  // nullopt: no process has a claim.
    if (!left) co_return nullptr;
    co_await pause_for(std::min(pause, Milliseconds{*left + 1}), stop);
    pause = std::min(2 * pause, kLongestPause);
  }
  co_return nullptr;
}

Task<bool> RedisShare::claim(Digest key, Milliseconds bound) {
  std::string name = to_hex(key);
  std::vector<std::string> command = script("claim", {name, owner_, text_of(options_.claim)});
  const auto reply = co_await ask(std::move(command), std::stop_token{});
  if (!reply || reply->kind != Reply::Kind::Integer) co_return true;
  if (reply->integer == 0) co_return false;
  claims_[std::move(name)] = WaitClock::now() + bound;
  co_return true;
}

void RedisShare::offer(const Digest& key, int content, std::string_view behind) {
  std::optional<std::string> value = value_of(key, content, behind, options_.largest);
  if (!value) return release(key);
  const std::string name = to_hex(key);
  std::vector<std::string> command = script("offer", {name, owner_, text_of(options_.retention),
                                                      std::to_string(options_.capacity.count)});
  command.push_back(*std::move(value));
  connection_.call(std::move(command), [this, name](const Result<Reply>& reply) {
    if (reply && reply->kind == Reply::Kind::Integer) {
      claims_.erase(name);
      ++counters_.puts;
    } else {  // Usually Redis is full.
      end_claim(name);
    }
  });
}

void RedisShare::release(const Digest& key) {
  end_claim(to_hex(key));
}

void RedisShare::end_claim(const std::string& name) {
  claims_.erase(name);
  connection_.call(script("keep", {name, owner_, "0"}), [](const auto&) {});
}

/// The name that CLIENT LIST shows.
void RedisShare::set_name() {
  connection_.call({"CLIENT", "SETNAME", "evalx-artifacts"}, [](const auto&) {});
}

/// Renews the claims of this process. If it is killed, its claims end soon, so that other processes
/// don't wait for the time limit of a compiler.
Task<> RedisShare::renew_claims() {
  Timer timer{loop_.get_executor()};
  while (true) {
    timer.expires_after(options_.claim / 4);
    const auto [error] = co_await timer.async_wait(kAsResult);
    if (error) co_return;
    std::erase_if(claims_, [](const auto& one) { return one.second < WaitClock::now(); });
    for (const auto& [name, until] : claims_)
      connection_.call(script("keep", {name, owner_, text_of(options_.claim)}), [](const auto&) {});
  }
}

std::vector<std::string> RedisShare::script(std::string_view name,
                                            std::vector<std::string> args) const {
  const auto files = script_files();
  const std::string file = std::string(name) + ".lua";
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const EmbeddedFile& one) { return one.name == file; });
  EVALX_ASSERT(found != files.end());
  std::vector<std::string> words{"EVAL", std::string(found->text), "1", options_.prefix};
  std::move(args.begin(), args.end(), std::back_inserter(words));
  return words;
}

}  // namespace

std::unique_ptr<artifact::Share> open(asio::io_context& loop, Options options) {
  return std::make_unique<RedisShare>(loop, std::move(options));
}

}  // namespace evalx::share
