#include "queue/redis/hub.hpp"

#include "base/log.hpp"
#include "queue/redis/stored.hpp"

namespace evalx::queue::redis {
namespace {

constexpr Milliseconds kStartPatience{10'000};
constexpr Milliseconds kFarewellPatience{2'000};

}  // namespace

Hub::Hub(Options options)
    : options_(std::move(options)),
      commands_(thread_.loop(), options_.address, commands_hooks()),
      heart_(thread_.loop(), options_.address, heart_hooks()),
      messages_(thread_.loop(), options_.address, messages_hooks()),
      scripts_(commands_, options_.prefix),
      heart_scripts_(heart_, options_.prefix),
      census_(options_.capacity),
      outbox_(thread_, scripts_, holdings_),
      accepting_(thread_, scripts_, options_, census_),
      changes_(thread_, scripts_, options_, {census_, holdings_, outbox_}),
      cut_off_(changes_),
      session_({heart_, heart_scripts_, scripts_}, options_.lease, holdings_, cut_off_,
               census_.figures(), session_hooks()),
      claims_(thread_, commands_, scripts_, changes_, census_, holdings_, session_,
              {[this] { return !closed_; }, [this](const Reply& tokens) { expire(tokens); }}),
      followers_(thread_, scripts_),
      evicting_(commands_, scripts_, options_, census_),
      callback_leases_(thread_, commands_, scripts_, options_, [this] { callback_calls_.serve(); }),
      callback_calls_(thread_, {commands_, scripts_, census_, callback_leases_}, options_,
                      callback_hooks()) {
  census_.figures().healthy = false;  // Until Redis answers.
}

Hub::~Hub() {
  close();
}

Connection::Hooks Hub::commands_hooks() {
  const auto ready = [this] {
    probe();
    evicting_.connected();
    reap_from_ = std::chrono::steady_clock::now() + options_.lease;
    note_connected();
    accepting_.offer_again();
    outbox_.send_again();  // Before a result that was offered during the outage.
    reap();                // Then, because it finds out whether the data is still the same.
    claims_.claim();
    followers_.wake_all();
    callback_leases_.connected();
    callback_calls_.serve();
  };
  const auto lost = [this](const Error& why) {
    census_.figures().set_trouble("no connection to Redis");
    if (!census_.figures().healthy.exchange(false)) return;
    log::error("Redis is not available", {{"cause", why.what}, {"error", why.code.message()}});
  };
  return {ready, lost, {}, {}};
}

Connection::Hooks Hub::heart_hooks() {
  const auto ready = [this] {
    note_connected();
    if (!closed_) session_.keep();
  };
  return {ready, {}, {}, {}};
}

Connection::Hooks Hub::messages_hooks() {
  return {[this] { note_connected(); },
          {},
          [this](const Reply& message) { take_message(message); },
          {options_.prefix + "wake", options_.prefix + "told", options_.prefix + "callback"}};
}

Session::Hooks Hub::session_hooks() {
  return {.oldest_claim = [this] { return claims_.oldest(); },
          .began = [this] { claims_.claim(); },
          .ended = [this] { claims_.begin_again(); },
          .give_back = [this](const LeaseId& id) { claims_.give_back(id); },
          .keep_in =
              [this](Microseconds time) {
                thread_.after(time, [this] {
                  if (!closed_) session_.keep();
                });
              }};
}

CallbackCalls::Hooks Hub::callback_hooks() {
  return {.is_open = [this] { return !closed_; },
          .may_take_over = [this] { return std::chrono::steady_clock::now() >= reap_from_; }};
}

Result<> Hub::start() {
  auto connected = connected_.get_future();
  commands_.start();
  heart_.start();
  messages_.start();
  thread_.post([this] { upkeep(); });
  thread_.post([this] { reconcile(); });
  thread_.start("queue-redis");
  if (connected.wait_for(kStartPatience) == std::future_status::ready) return {};
  return fail(std::make_error_code(std::errc::not_connected), options_.address.shown());
}

void Hub::close() {
  if (!thread_.is_running()) return;
  thread_.post([this] { shut_down(); });
  thread_.join();
}

void Hub::shut_down() {
  closed_ = true;
  const Error closing = unavailable("the queue is closing");
  accepting_.close();
  claims_.close(closing);
  followers_.close(closing);
  callback_calls_.close(closing);
  const auto end = [this] {
    thread_.stop();
    commands_.stop();
    heart_.stop();
    messages_.stop();
  };
  // Runs when the last release below has its reply, and ends the loop.
  const auto farewell = std::shared_ptr<void>(nullptr, [this, end](void*) {
    scripts_.run("leave", {session_.name()},
                 [this, end](const Result<Reply>&) { thread_.post(end); });
  });
  callback_leases_.close(farewell);
  holdings_.stop_all();
  for (const auto& [token, held] : holdings_.jobs()) {
    change(token, Release{held.lease}, {}, [farewell](const Result<State>&) {});
  }
  thread_.after(kFarewellPatience, end);
}

void Hub::note_connected() {
  if (is_connected_ || !commands_.is_ready() || !heart_.is_ready() || !messages_.is_ready()) return;
  is_connected_ = true;
  connected_.set_value();
}

void Hub::take_message(const Reply& message) {
  if (message.at(0).text == "subscribe") {  // Earlier messages were missed.
    claims_.claim();
    callback_calls_.serve();
    return followers_.wake_all();
  }
  if (message.at(0).text != "message") return;
  if (message.at(1).text.ends_with("wake")) return claims_.claim();
  if (message.at(1).text.ends_with("callback")) return callback_calls_.serve();
  const std::string& news = message.at(2).text;  // "TOKEN KIND"
  const std::size_t blank = news.rfind(' ');
  if (blank == std::string::npos) return;
  const std::string token = news.substr(0, blank);
  if (news.substr(blank + 1) == "finished" && holdings_.lease_of(token)) check_holding(token);
  followers_.wake(token);
}

/// Asks the holder of a job that has ended to stop. If this process has ended the job itself, it no
/// longer holds it when the reply comes.
void Hub::check_holding(const std::string& token) {
  scripts_.run("find", {token}, [this, token](const Result<Reply>& reply) {
    const auto lease = holdings_.lease_of(token);
    if (!reply || !lease) return;
    const Job job = job_of(reply->at(2));
    if (job.state == State::Leased && job.lease == *lease) return;
    holdings_.remove({token, *lease}, Holdings::Holder::MustStop);
  });
}

void Hub::change(std::string token, Change change, Words words, Changed changed) {
  changes_.change(std::move(token), change, std::move(words), std::move(changed));
}

void Hub::lease(Milliseconds patience, LeaseCall call) {
  claims_.lease(weak_from_this(), patience, std::move(call));
}

void Hub::stopped(LeaseId id) {
  thread_.post([this, id = std::move(id)] {
    cut_off_.stopped(id);
    if (commands_.is_ready()) cut_off_.release();
  });
}

void Hub::take_callbacks(std::size_t limit, Milliseconds patience, CallbacksCall call) {
  callback_calls_.take(weak_from_this(), limit, patience, std::move(call));
}

void Hub::settle_callback(CallbackLease id, CallbackEnd end, std::shared_ptr<Call<void>> call) {
  thread_.post([this, id = std::move(id), end = std::move(end), call = std::move(call)]() mutable {
    callback_leases_.settle(std::move(id), end,
                            [call](Result<> settled) { call->answer(std::move(settled)); });
  });
}

void Hub::follow(std::string token, Place after, Until until, Milliseconds patience,
                 std::shared_ptr<Call<Events>> call) {
  followers_.follow(weak_from_this(), std::move(token), std::move(after), until, patience,
                    std::move(call));
}

void Hub::end_waits() {
  thread_.post([this] { followers_.end_waits(); });
}

void Hub::end_soon() {
  thread_.post([this] { session_.end_soon(); });
}

void Hub::announce(std::string announcement) {
  thread_.post([this, announcement = std::move(announcement)]() mutable {
    session_.announce(std::move(announcement));
  });
}

}  // namespace evalx::queue::redis
