#include "service/simulation/host.hpp"

#include <stdlib.h>

#include <array>

namespace evalx::service::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Microseconds kWrong = 48h;

}  // namespace

Host::Host(World& world, Random& random, Journal& journal, Bug bug)
    : world_(world), random_(random), journal_(journal), bug_(bug) {
  std::string name = std::filesystem::temp_directory_path() / "evalx-simulation-XXXXXX";
  root_ = ::mkdtemp(name.data());
  boot();
}

Host::~Host() {
  server_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

/// The machine starts: its clock is near zero, which may be before it.
void Host::boot() {
  constexpr std::array<Microseconds, 6> kUptimes{-30s, -1us, 0us, 1us, 5s, 1'000'000s};
  world_.boot(kUptimes[random_.below(kUptimes.size())]);
}

void Host::jump_date(bool is_ahead) {
  is_date_behind_ = !is_ahead;
  world_.set_date_wrong_by(is_ahead ? kWrong : -kWrong);
  world_.after(4s, [this] { set_date(); });
}

void Host::set_date() {
  is_date_behind_ = false;
  world_.set_date_wrong_by(0s);
}

void Host::start() {
  if (server_) return;
  // Nothing shows a server that starts then that the results which it stores are not old.
  if (is_date_behind_) set_date();
  auto server = Server::start({world_, random_, journal_, folder(),
                               "server" + std::to_string(lives_), bug_,
                               [this] { poisoned_ = true; },
                               [this](const Error&) { has_failed_ = true; }});
  if (!server) return faults_.push_back("W1 the server does not start: " + server.error().what);
  server_ = *std::move(server);
  if (server_->figures().vanished > 0) faults_.emplace_back("W3 the server misses jobs");
  ++lives_;
}

/// The process has ended; another one starts after `pause`.
void Host::end_life(Microseconds pause) {
  server_.reset();
  poisoned_ = has_failed_ = false;
  disk_.take({}, Disk::Crash::Kill, 0);
  disk_.taken.reset();
  world_.after(pause, [this] { start(); });
}

void Host::crash(Disk::Crash how) {
  crash(how, disk_.image(server_->folder(), how));
}

void Host::crash(Disk::Crash how, const Disk::Image& image) {
  server_->die();
  const std::filesystem::path before = server_->folder();
  ++folders_;
  Disk::restore(image, folder());
  end_life(Milliseconds{500 + random_.below(5'000)});
  disk_.remove(before);
  if (how == Disk::Crash::PowerCut) boot();
}

void Host::crash_at_write(Disk::Crash how, unsigned nth) {
  at_write_ = how;
  disk_.take(server_->folder(), how, nth);
}

void Host::drain(Microseconds grace) {
  server_->drain();
  world_.after(grace, [this] {
    if (server_ && server_->is_draining()) server_->hurry();
  });
}

void Host::watch() {
  if (!server_) return;
  if (disk_.taken) {
    const Disk::Image image = *std::exchange(disk_.taken, std::nullopt);
    return crash(at_write_, image);
  }
  if (poisoned_ || has_failed_) return crash(Disk::Crash::Kill);
  if (server_->has_drained()) end_life(Milliseconds{500 + random_.below(2'000)});
}

}  // namespace evalx::service::simulation
