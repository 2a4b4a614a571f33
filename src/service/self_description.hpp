#pragma once
// SelfDescription: how a server describes itself to clients, workers and a terminal.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/v1/discovery.hpp"
#include "config/settings.hpp"
#include "service/engine.hpp"
#include "service/mechanisms.hpp"
#include "worker/fleet_summary.hpp"

namespace evalx::service {

/// Contains no paths and no details of this machine; `evalx doctor` shows those.
worker::Announcement announcement_of(const Engine& engine, const Machine& machine);

/// The `engine` and `mechanisms` of /v1/capabilities; `queue` is queue_kind().
api::v1::EngineView engine_view(const worker::Announcement& worker, std::string_view queue);

/// The same for a process without an engine: describes all live workers together. Thread-safe.
class FleetEngine {
 public:
  explicit FleetEngine(std::string_view queue) : queue_(queue) {}
  void show(const worker::FleetSummary& fleet);
  [[nodiscard]] api::v1::EngineView view() const { return *view_.load(); }

 private:
  const std::string queue_;
  std::atomic<std::shared_ptr<const api::v1::EngineView>> view_{
      std::make_shared<const api::v1::EngineView>()};
};

/// The server's address and a request to try, for a terminal.
std::string greeting(const config::Settings& settings, std::uint16_t port);

}  // namespace evalx::service
