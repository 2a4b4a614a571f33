#pragma once
// Disk: the files of SQLite as a killed process leaves them, and as a power cut leaves them.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "queue/simulation/random.hpp"

namespace evalx::service::simulation {

using queue::simulation::Random;

/// While it exists, it is SQLite's file layer, and no sync takes time. Only one at a time.
class Disk {
 public:
  enum class Crash {
    Kill,      ///< The process dies: all its writes are there.
    PowerCut,  ///< Some of the writes since a file's last sync are there, the first ones.
  };
  using Image = std::map<std::string, std::string>;  ///< Names of files, and what they contain.

  explicit Disk(Random& random);
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  ~Disk();

  /// The files in `folder` after a crash now.
  Image image(const std::filesystem::path& folder, Crash crash);
  /// The same before the `nth` write or sync from now: taken() is then set.
  void take(const std::filesystem::path& folder, Crash crash, unsigned nth);
  std::optional<Image> taken;

  /// Makes `folder` with these files.
  static void restore(const Image& image, const std::filesystem::path& folder);
  /// Deletes a folder that no process uses.
  void remove(const std::filesystem::path& folder);
};

}  // namespace evalx::service::simulation
