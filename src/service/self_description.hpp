#pragma once
// SelfDescription: what a server tells of itself: to its clients, and to a person at its terminal.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/v1/discovery.hpp"
#include "config/settings.hpp"
#include "service/engine.hpp"
#include "service/mechanisms.hpp"
#include "worker/fleet.hpp"

namespace evalx::service {

/// What a stranger has no need to know, paths above all, stays with `evalx doctor`.
worker::Announcement announcement_of(const Engine& engine, const Machine& machine);

/// `engine` and `mechanisms` of /v1/capabilities; `queue` is the kind of it.
api::v1::EngineView engine_view(const worker::Announcement& worker, std::string_view queue);

/// The same of whoever judges for a process without an engine. From any thread.
class FleetEngine {
 public:
  explicit FleetEngine(std::string_view queue) : queue_(queue) {}
  void show(const worker::Fleet& fleet);
  [[nodiscard]] api::v1::EngineView view() const { return *view_.load(); }

 private:
  const std::string queue_;
  std::atomic<std::shared_ptr<const api::v1::EngineView>> view_{
      std::make_shared<const api::v1::EngineView>()};
};

/// Where it serves, and a line to try.
std::string greeting(const config::Settings& settings, std::uint16_t port);

}  // namespace evalx::service
