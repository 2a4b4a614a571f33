#include "queue/redis/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "queue/thread.hpp"

namespace evalx::queue::redis {
namespace {

/// Longer than a service stays down, so that the next process finds the note.
constexpr std::chrono::seconds kEndRemembered = std::chrono::hours{24 * 30};

/// Compared as a whole; its parts are for people.
std::string new_name() {
  std::array<char, 65> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::string name = host.data();
  for (char& c : name) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
    if (!is_plain) c = '_';
  }
  return name + ":" + std::to_string(::getpid()) + ":" + std::to_string(random_bits());
}

}  // namespace

Microseconds boot_time() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} +
         std::chrono::duration_cast<Microseconds>(std::chrono::nanoseconds{now.tv_nsec});
}

Session::Session(Links links, Milliseconds lease, Holdings& holdings, CutOff& cut_off,
                 Figures& figures, Hooks hooks)
    : links_(links),
      lease_(lease),
      holdings_(holdings),
      cut_off_(cut_off),
      figures_(figures),
      hooks_(std::move(hooks)) {}

void Session::begin() {
  if (name_.empty()) end();
}

void Session::keep() {
  if (name_.empty()) return;
  const Microseconds now = boot_time();
  const std::optional<Microseconds> looked = std::exchange(looked_, now);
  const bool was_awake = looked && now - *looked < lease_ / 3;
  if (is_known_ && now >= fence()) {
    log::error("the lease could not be renewed in time: all jobs are stopped",
               {{"jobs", holdings_.jobs().size()}});
    // The jobs are not charged if Redis was out of reach: no job can cause that. If this process
    // itself was delayed, a job may be the cause.
    if (was_awake && !links_.connection.is_ready()) cut_off_.add(holdings_.remove_all());
    end();
  }
  const Microseconds interval = is_known_ ? lease_ / 3 : lease_ / 15;
  if (links_.connection.is_ready() && (!sent_ || now >= *sent_ + interval)) renew();
}

void Session::end() {
  for (const auto& [token, held] : holdings_.remove_all()) figures_.count_lost(held.lease);
  name_ = new_name();
  is_known_ = false;
  is_announced_ = false;
  sent_.reset();
  hooks_.ended();
}

bool Session::may_claim() const {
  return is_known_ && boot_time() < renewed_ + lease_ * 12 / 15;
}

void Session::renew() {
  sent_ = boot_time();
  std::vector<std::string> args{name_, std::to_string(Microseconds{lease_}.count()),
                                is_known_ ? "0" : "1", std::to_string(hooks_.oldest_claim())};
  for (const auto& [token, held] : holdings_.jobs()) {
    args.push_back(token);
    args.push_back(std::to_string(held.lease));
  }
  links_.heart.run("renew", std::move(args),
                   [this, sent = *sent_, name = name_](const Result<Reply>& reply) {
                     if (reply && name == name_) renewed(*reply, sent);
                   });
}

void Session::renewed(const Reply& reply, Microseconds sent) {
  if (reply.at(0).text != "ok") return end();
  failpoint("worker.renewed", {.at = sent});
  renewed_ = is_known_ ? std::max(renewed_, sent) : sent;
  const bool is_new = !is_known_;
  is_known_ = true;
  hooks_.keep_in(std::max(fence() - boot_time(), Microseconds{0}));
  for (const Reply& lost : reply.at(1).list) {
    const auto lease = lost.at(1).number();
    if (!lease) continue;
    if (holdings_.remove({lost.at(0).text, *lease}, Holdings::Holder::MustStop)) {
      figures_.count_lost(*lease);
    }
  }
  for (const Reply& orphan : reply.at(2).list) {
    if (const auto lease = orphan.at(1).number()) hooks_.give_back({orphan.at(0).text, *lease});
  }
  if (!is_announced_ || reply.at(3).number() == 0U) send_announcement();
  if (is_new && ends_soon_) send_end();
  if (is_new) hooks_.began();
}

void Session::announce(std::string announcement) {
  announcement_ = std::move(announcement);
  is_announced_ = false;
  if (is_known_) send_announcement();
}

void Session::end_soon() {
  ends_soon_ = true;
  if (is_known_) send_end();
}

/// If this fails, a death is charged as any other.
void Session::send_end() {
  links_.commands.run("end_soon", {name_, std::to_string(kEndRemembered.count())},
                      [](const Result<Reply>&) {});
}

/// If this fails, the next renewal sends it again.
void Session::send_announcement() {
  if (announcement_.empty()) return;
  links_.commands.run("announce", {name_, std::to_string(2 * lease_.count()), announcement_},
                      [this, name = name_, sent = announcement_](const Result<Reply>& reply) {
                        const bool is_stored = reply && reply->at(0).text == "ok";
                        if (is_stored && name == name_ && sent == announcement_) {
                          is_announced_ = true;
                        }
                      });
}

}  // namespace evalx::queue::redis
