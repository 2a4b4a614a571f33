#include "http/client/test_python.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "base/assert.hpp"

namespace evalx::http::client {

bool TestPython::is_installed() {
  return ::access(kInterpreter, X_OK) == 0;
}

TestPython::TestPython(const std::string& script, const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  EVALX_ASSERT(::pipe2(ends.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);

  std::vector<std::string> words{kInterpreter, "-c", script};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  EVALX_ASSERT(::posix_spawn(&process_, kInterpreter, &actions, nullptr, argv.data(), environ) ==
               0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);

  std::string line;
  char byte = 0;
  while (::read(ends[0], &byte, 1) == 1 && byte != '\n') line += byte;
  ::close(ends[0]);
  port_ = static_cast<std::uint16_t>(std::strtoul(line.c_str(), nullptr, 10));
}

TestPython::~TestPython() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace evalx::http::client
