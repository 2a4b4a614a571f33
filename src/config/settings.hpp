#pragma once
// Settings: everything an operator can set, from flags, environment and evalx.toml.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.hpp"

namespace evalx::config {

struct Settings {
  std::string listen_address = "127.0.0.1";  ///< Numeric, IPv4 or IPv6.
  std::uint16_t listen_port = 2358;
  std::filesystem::path data_dir;            ///< Queue and artifacts.
  std::filesystem::path languages_dir;       ///< Overrides built-in languages; may be empty.
  std::size_t max_concurrent_sandboxes = 0;  ///< 0: as many as there are CPUs.
  Bytes memory_budget;                       ///< 0: nine tenths of the machine's memory.
  Bytes artifact_capacity = mebibytes(2048);
  Bytes body_limit = mebibytes(16);          ///< Of one HTTP request.
  std::size_t queue_capacity = 100'000;      ///< Waiting jobs; beyond: 503.
  unsigned http_threads = 1;
  std::chrono::seconds drain_grace{30};      ///< For what runs when the process is told to end.
};

}  // namespace evalx::config
