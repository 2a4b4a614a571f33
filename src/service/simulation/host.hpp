#pragma once
// Host: the machine of the server: its folder on the disk, its clocks, and the ways in which a process ends.

#include <filesystem>
#include <memory>
#include <string>

#include "queue/simulation/checker.hpp"
#include "service/simulation/disk.hpp"
#include "service/simulation/server.hpp"

namespace evalx::service::simulation {

using queue::simulation::Violations;

class Host {
 public:
  Host(World& world, Random& random, Journal& journal, Bug bug);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host();

  /// The server that runs now; nullptr while there is none. Another one starts some seconds after its
  /// end.
  [[nodiscard]] Server* server() const { return server_.get(); }
  void start();
  /// After each action of the server: ends it if it is time.
  void watch();

  void crash(Disk::Crash how);
  /// The same before the server's `nth` write or sync from now.
  void crash_at_write(Disk::Crash how, unsigned nth);
  /// As SIGTERM, and SIGTERM again after `grace`.
  void drain(Microseconds grace);
  /// The date is wrong by two days, for four seconds.
  void jump_date(bool is_ahead);

  /// W1: it does not start. W3: it finds a loss, and there is none.
  [[nodiscard]] const Violations& faults() const { return faults_; }

 private:
  [[nodiscard]] std::filesystem::path folder() const { return root_ / std::to_string(folders_); }
  void boot();
  void set_date();
  void end_life(Microseconds pause);
  void crash(Disk::Crash how, const Disk::Image& image);

  World& world_;
  Random& random_;
  Journal& journal_;
  const Bug bug_;
  std::filesystem::path root_;
  Disk disk_{random_};
  std::unique_ptr<Server> server_;
  unsigned lives_ = 0;    ///< Processes so far.
  unsigned folders_ = 0;  ///< The number of the folder: a crash makes another one.
  Disk::Crash at_write_ = Disk::Crash::Kill;
  bool is_date_behind_ = false;
  bool poisoned_ = false;
  bool has_failed_ = false;  ///< The server must end: its store failed.
  Violations faults_;
};

}  // namespace evalx::service::simulation
