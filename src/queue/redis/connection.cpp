#include "queue/redis/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/write.hpp>

#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCallsMax = 16'384;
constexpr Bytes kWaitingBytesMax = mebibytes(256);
constexpr Milliseconds kFirstPause{50};
constexpr Milliseconds kLongestPause{2'000};
constexpr Milliseconds kConnectPatience{5'000};
constexpr Milliseconds kAnswerPatience{10'000};
constexpr Milliseconds kPingInterval{5'000};
constexpr Milliseconds kWatchInterval{500};

Error not_connected() {
  return {std::make_error_code(std::errc::not_connected), "redis"};
}

}  // namespace

Connection::Connection(asio::io_context& loop, Address address, Hooks hooks)
    : loop_(loop),
      address_(std::move(address)),
      hooks_(std::move(hooks)),
      socket_(loop),
      pause_(loop),
      watch_(loop) {}

void Connection::start() {
  asio::co_spawn(loop_, live(), asio::detached);
  asio::co_spawn(loop_, watch(), asio::detached);
}

void Connection::stop() {
  stopped_ = true;
  pause_.cancel();
  watch_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  lose(not_connected());
}

Task<> Connection::live() {
  Milliseconds pause = kFirstPause;
  while (!stopped_) {
    connecting_ = true;
    began_ = heard_ = std::chrono::steady_clock::now();
    auto connected = co_await connect();
    connecting_ = false;
    Error why = not_connected();
    if (connected && !stopped_) {
      pause = kFirstPause;
      ready_ = true;
      if (hooks_.ready) hooks_.ready();
      auto ended = co_await read_replies();
      if (!ended) why = std::move(ended).error();
    } else if (!connected) {
      why = std::move(connected).error();
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
    lose(why);
    if (stopped_) co_return;
    // Random, so that not all clients of one Redis connect at the same time.
    pause_.expires_after(pause / 2 +
                         Milliseconds{random_bits() % static_cast<std::uint64_t>(pause.count())});
    co_await pause_.async_wait(kAsResult);
    pause = std::min(2 * pause, kLongestPause);
  }
}

/// Closes a socket whose replies are overdue.
Task<> Connection::watch() {
  auto pinged = std::chrono::steady_clock::now();
  while (!stopped_) {
    watch_.expires_after(kWatchInterval);
    co_await watch_.async_wait(kAsResult);
    const auto now = std::chrono::steady_clock::now();
    const bool is_late = connecting_      ? now - began_ > kConnectPatience
                         : !ready_        ? false
                         : hooks_.message ? now - heard_ > kAnswerPatience + kPingInterval
                         : !calls_.empty()
                             ? now - std::max(calls_.front().sent, heard_) > kAnswerPatience
                             : false;
    if (is_late) {
      boost::system::error_code ignored;
      socket_.close(ignored);
    } else if (ready_ && hooks_.message && now - pinged > kPingInterval) {
      pinged = now;
      send(encode({"PING"}));
    }
  }
}

Task<Result<>> Connection::connect() {
  asio::ip::basic_resolver<Tcp, Executor> resolver{loop_};
  const auto [unknown, endpoints] =
      co_await resolver.async_resolve(address_.host, std::to_string(address_.port), kAsResult);
  if (unknown) co_return fail(unknown, "resolve", address_.host);
  ++generation_;
  unsent_.clear();
  sending_.clear();
  decoder_ = std::make_unique<Decoder>();
  const auto [refused, endpoint] = co_await asio::async_connect(socket_, endpoints, kAsResult);
  if (refused) co_return fail(refused, "connect to", address_.shown());
  boost::system::error_code ignored;
  socket_.set_option(Tcp::no_delay{true}, ignored);
  std::vector<std::vector<std::string>> greetings;
  if (!address_.user.empty()) {
    greetings.push_back({"AUTH", address_.user, address_.password});
  } else if (!address_.password.empty()) {
    greetings.push_back({"AUTH", address_.password});
  }
  if (address_.database != 0) greetings.push_back({"SELECT", std::to_string(address_.database)});
  greetings.push_back({"PING"});  // A server that still loads its file refuses this.
  for (std::vector<std::string>& greeting : greetings) {
    auto answer = co_await ask(std::move(greeting));
    if (!answer) co_return tl::make_unexpected(std::move(answer).error());
    if (answer->kind == Reply::Kind::Error) {
      co_return fail(std::make_error_code(std::errc::permission_denied), address_.shown(),
                     "answers: " + answer->text);
    }
  }
  if (hooks_.message) {
    std::vector<std::string> subscribe{"SUBSCRIBE"};
    subscribe.insert(subscribe.end(), hooks_.channels.begin(), hooks_.channels.end());
    send(encode(subscribe));
  }
  co_return Result<>{};
}

/// One command and its reply, before the connection is ready.
Task<Result<Reply>> Connection::ask(std::vector<std::string> command) {
  const std::string bytes = encode(command);
  const auto [unsent, written] =
      co_await asio::async_write(socket_, asio::buffer(bytes), kAsResult);
  if (unsent) co_return fail(unsent, "write to", address_.shown());
  std::array<char, 4096> buffer{};
  while (true) {
    auto reply = decoder_->next();
    if (!reply) co_return tl::make_unexpected(std::move(reply).error());
    if (*reply) co_return **std::move(reply);
    const auto [broken, count] = co_await socket_.async_read_some(asio::buffer(buffer), kAsResult);
    if (broken) co_return fail(broken, "read from", address_.shown());
    if (auto fed = decoder_->feed({buffer.data(), count}); !fed) {
      co_return tl::make_unexpected(std::move(fed).error());
    }
  }
}

Task<Result<>> Connection::read_replies() {
  std::vector<char> buffer(64 * 1024);
  while (true) {
    const auto [broken, count] = co_await socket_.async_read_some(asio::buffer(buffer), kAsResult);
    if (broken) co_return fail(broken, "read from", address_.shown());
    heard_ = std::chrono::steady_clock::now();
    if (auto taken = take({buffer.data(), count}); !taken) co_return taken;
  }
}

Result<> Connection::take(std::string_view bytes) {
  EVALX_TRY_VOID(decoder_->feed(bytes));
  while (!stopped_) {
    EVALX_TRY(auto reply, decoder_->next());
    if (!reply) return {};
    if (hooks_.message) {
      hooks_.message(*reply);
    } else if (calls_.empty()) {
      return fail(std::make_error_code(std::errc::protocol_error), "redis", "unasked reply");
    } else {
      const Call call = std::move(calls_.front());
      calls_.pop_front();
      waiting_bytes_ -= call.size;
      call.done(*std::move(reply));
    }
  }
  return {};
}

void Connection::call(std::vector<std::string> command, Done done) {
  if (!ready_) return done(tl::make_unexpected(not_connected()));
  const std::string bytes = encode(command);
  if (calls_.size() >= kCallsMax || Bytes{waiting_bytes_ + bytes.size()} > kWaitingBytesMax) {
    return done(tl::make_unexpected(not_connected()));
  }
  waiting_bytes_ += bytes.size();
  calls_.push_back({std::move(done), bytes.size(), std::chrono::steady_clock::now()});
  send(bytes);
}

void Connection::send(const std::string& bytes) {
  unsent_ += bytes;
  if (sending_.empty()) flush();
}

void Connection::flush() {
  sending_.swap(unsent_);
  asio::async_write(socket_, asio::buffer(sending_),
                    [this, generation = generation_](boost::system::error_code error, std::size_t) {
                      if (generation != generation_ || stopped_) return;
                      sending_.clear();
                      if (error) {
                        boost::system::error_code ignored;
                        socket_.close(ignored);
                      } else if (!unsent_.empty()) {
                        flush();
                      }
                    });
}

void Connection::lose(const Error& why) {
  ready_ = false;
  std::deque<Call> calls = std::exchange(calls_, {});
  waiting_bytes_ = 0;
  const Error unknown{std::make_error_code(std::errc::connection_reset), why.what};
  for (const Call& call : calls) call.done(tl::make_unexpected(unknown));
  if (hooks_.lost && !stopped_) hooks_.lost(why);
}

}  // namespace evalx::queue::redis
