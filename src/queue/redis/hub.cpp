#include "queue/redis/hub.hpp"

#include <algorithm>
#include <ctime>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/redis/stored.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

constexpr Milliseconds kUpkeepInterval{500};
constexpr Milliseconds kReconcileInterval{5'000};
constexpr Milliseconds kStartPatience{10'000};
constexpr Milliseconds kFarewellPatience{2'000};

Connection::Hooks hooks(std::function<void()> ready, std::function<void(const Error&)> lost) {
  return {std::move(ready), std::move(lost), {}, {}};
}

}  // namespace

Microseconds boot_time() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} +
         std::chrono::duration_cast<Microseconds>(std::chrono::nanoseconds{now.tv_nsec});
}

Hub::Hub(HubRules rules)
    : rules_(std::move(rules)),
      figures_(rules_.capacity, clock_),
      work_(loop_.get_executor()),
      commands_(
          loop_, rules_.address,
          hooks(
              [this] {
                figures_.healthy = true;
                reap_from_ = std::chrono::steady_clock::now() + rules_.lease;
                note_connected();
                reap();  // First of all: whether the data is still the same.
                claim();
                ask_all();
              },
              [this](const Error& why) {
                if (figures_.healthy.exchange(false)) {
                  log::error("Redis is away", {{"cause", why.what}, {"error", why.code.message()}});
                }
              })),
      heart_(loop_, rules_.address,
             hooks(
                 [this] {
                   note_connected();
                   keep_session();
                 },
                 {})),
      messages_(loop_, rules_.address,
                {[this] { note_connected(); },
                 {},
                 [this](const Reply& message) { take_message(message); },
                 {rules_.prefix + "wake", rules_.prefix + "told"}}),
      scripts_(commands_, rules_.prefix),
      heart_scripts_(heart_, rules_.prefix) {}

Hub::~Hub() {
  close();
}

Result<> Hub::start() {
  auto connected = connected_.get_future();
  figures_.healthy = false;  // Until Redis answers.
  commands_.start();
  heart_.start();
  messages_.start();
  post([this] { upkeep(); });
  post([this] { reconcile(); });
  thread_ = start_thread("queue-redis", [this] { loop_.run(); });
  if (connected.wait_for(kStartPatience) == std::future_status::ready) return {};
  return fail(std::make_error_code(std::errc::not_connected), rules_.address.shown());
}

void Hub::close() {
  if (!thread_.joinable()) return;
  post([this] { shut_down(); });
  thread_.join();
}

void Hub::shut_down() {
  closed_ = true;
  const Error closing = unavailable("the queue is closing");
  while (!lease_waiters_.empty()) {
    stop_waiting(lease_waiters_.begin()->first, tl::make_unexpected(closing));
  }
  while (!followers_.empty()) {
    stop_following(followers_.begin()->first, tl::make_unexpected(closing));
  }
  const auto end = [this] {
    work_.reset();
    timer_.cancel();
    commands_.stop();
    heart_.stop();
    messages_.stop();
  };
  // Once all is given back; the last of these to happen ends the loop.
  const auto farewell = std::shared_ptr<void>(nullptr, [this, end](void*) {
    scripts_.run("leave", {session_}, [this, end](const Result<Reply>&) { post(end); });
  });
  for (auto& [token, holding] : holdings_) {
    holding.stop.request_stop();
    change(token, Release{holding.lease}, {}, [farewell](const Result<State>&) {});
  }
  deadlines_.add(std::chrono::steady_clock::now() + kFarewellPatience, end);
  arm();
}

void Hub::note_connected() {
  if (is_connected_ || !commands_.is_ready() || !heart_.is_ready() || !messages_.is_ready()) return;
  is_connected_ = true;
  connected_.set_value();
}

void Hub::take_message(const Reply& message) {
  if (message.at(0).text == "subscribe") {  // What was told before nobody heard.
    claim();
    return ask_all();
  }
  if (message.at(0).text != "message") return;
  if (message.at(1).text.ends_with("wake")) return claim();
  const std::string& told = message.at(2).text;
  const std::size_t blank = told.rfind(' ');
  if (blank == std::string::npos) return;
  const std::string token = told.substr(0, blank);
  if (told.substr(blank + 1) == "finished" && holdings_.contains(token)) check_holding(token);
  const auto [first, last] = followers_of_.equal_range(token);
  std::vector<std::uint64_t> ids;
  for (auto follower = first; follower != last; ++follower) ids.push_back(follower->second);
  for (const std::uint64_t id : ids) ask(id);
}

/// Somebody ended a job that is held here: a client, or we ourselves, which then is known by now.
void Hub::check_holding(const std::string& token) {
  scripts_.run("find", {token}, [this, token](const Result<Reply>& reply) {
    const auto held = holdings_.find(token);
    if (!reply || held == holdings_.end()) return;
    const Job job = job_of(reply->at(2));
    if (job.state == State::Leased && job.lease == held->second.lease) return;
    held->second.stop.request_stop();
    holdings_.erase(held);
  });
}

void Hub::upkeep() {
  if (closed_) return;
  deadlines_.add(std::chrono::steady_clock::now() + kUpkeepInterval, [this] { upkeep(); });
  arm();
  keep_session();
  give_back_idle();
  claim();  // What has rested is due without anybody saying so.
  if (commands_.is_ready()) reap();
}

void Hub::reap() {
  scripts_.run("reap", overdue_at_once(), [this](const Result<Reply>& reply) {
    if (!reply) return;
    note(reply->at(2));  // Others change them, too.
    notice_birth(reply->at(3).text);
    if (std::chrono::steady_clock::now() >= reap_from_) lose_workers(reply->at(1));
    expire(reply->at(4));
  });
}

/// After FLUSHALL, or a restart without its file, no index tells of what was there.
void Hub::notice_birth(const std::string& birth) {
  if (!birth_.empty() && birth != birth_) {
    figures_.vanished += open_jobs_;
    log::error("Redis has lost its data: accepted jobs are gone", {{"jobs", open_jobs_}});
  }
  birth_ = birth;
  open_jobs_ = figures_.queued + figures_.leased;
}

void Hub::lose_workers(const Reply& leases) {
  for (const Reply& lease : leases.list) {
    const auto number = lease.at(1).number();
    if (!number) continue;
    failpoint("reaper.mid", {.job = lease.at(0).text, .lease = *number});
    const Words words{{}, "its worker's session ended without a word"};
    change(lease.at(0).text, LoseWorker{*number}, words, [this](const Result<State>& state) {
      if (state && *state == State::Queued) ++figures_.recovered;
    });
  }
}

void Hub::reconcile() {
  if (closed_) return;
  deadlines_.add(std::chrono::steady_clock::now() + kReconcileInterval, [this] { reconcile(); });
  arm();
  const auto pause = std::to_string(kReconcileInterval.count() * 9 / 10);
  scripts_.run("reconcile", {pause, std::to_string(rules_.lease.count())},
               [this](const Result<Reply>& reply) {
                 if (!reply || reply->at(0).text != "ok") return;
                 failpoint("reconciler.mid");
                 if (std::chrono::steady_clock::now() >= reap_from_) lose_workers(reply->at(1));
                 const std::size_t vanished = reply->at(2).list.size();
                 const std::uint64_t repaired = reply->at(3).number().value_or(0);
                 figures_.vanished += vanished;
                 if (vanished > 0)
                   log::error("accepted jobs have vanished from Redis", {{"jobs", vanished}});
                 if (repaired > 0)
                   log::warning("delivery hints were made anew", {{"jobs", repaired}});
                 note(reply->at(4));
               });
}

void Hub::note(const Reply& depth) {
  figures_.queued = depth.at(0).number().value_or(0);
  figures_.leased = depth.at(1).number().value_or(0);
  const std::uint64_t age = depth.at(2).number().value_or(0);
  figures_.set_oldest(age == 0 ? std::nullopt : std::optional{clock_.now() - Microseconds{age}});
  open_jobs_ = std::max<std::size_t>(open_jobs_, figures_.queued + figures_.leased);
}

void Hub::arm() {
  const auto next = deadlines_.next();
  if (!next || *next >= armed_) return;
  armed_ = *next;
  timer_.expires_at(*next);
  timer_.async_wait([this](const boost::system::error_code& moved) {
    if (moved) return;
    armed_ = Instant::max();
    deadlines_.run_due(std::chrono::steady_clock::now());
    arm();
  });
}

}  // namespace evalx::queue::redis
