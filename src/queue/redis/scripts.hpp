#pragma once
// Scripts: the Lua scripts that read and change jobs atomically. They run by their digest, and are
// loaded when Redis does not know them.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/embedded_file.hpp"
#include "queue/redis/connection.hpp"

namespace evalx::queue::redis {

/// scripts/*.lua, compiled into the binary.
std::span<const EmbeddedFile> script_files();

class Scripts {
 public:
  Scripts(Connection& connection, std::string prefix);

  /// Runs scripts/NAME.lua with `args`. `done` gets no error reply of Redis: it becomes
  /// Errc::Unavailable. Other Errors are those of Connection::Done.
  void run(std::string_view name, std::vector<std::string> args, Connection::Done done);

 private:
  struct Script {
    std::string text;
    std::string digest;  ///< Empty until Redis has returned it.
  };
  using Arguments = std::shared_ptr<std::vector<std::string>>;

  void run_text(Script& script, const Arguments& args, Connection::Done done);
  [[nodiscard]] std::vector<std::string> command(std::string verb, const std::string& what,
                                                 const std::vector<std::string>& args) const;

  Connection& connection_;
  const std::string prefix_;
  std::map<std::string, Script, std::less<>> scripts_;
};

}  // namespace evalx::queue::redis
