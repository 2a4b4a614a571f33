#pragma once
// TestPython: a server in Python, for tests against an implementation that is not ours.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace evalx::http::client {

/// Runs a script that writes the port that it listens on as the first line of its output.
class TestPython {
 public:
  static constexpr const char* kInterpreter = "/usr/bin/python3";

  /// `arguments`: the script's sys.argv from 1 on.
  TestPython(const std::string& script, const std::vector<std::string>& arguments);
  TestPython(const TestPython&) = delete;
  TestPython& operator=(const TestPython&) = delete;
  /// Kills the process.
  ~TestPython();

  /// Whether this machine has Python; without it, skip the test.
  static bool is_installed();

  /// 0 if the script ended without a port.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace evalx::http::client
