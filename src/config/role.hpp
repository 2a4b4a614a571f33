#pragma once
// Role: which part of evalX a process is, and sets of roles.

#include <cstdint>
#include <initializer_list>

namespace evalx::config {

enum class Role : std::uint8_t {
  Serve,     ///< API and worker in one process, with its own queue or a shared one.
  Api,       ///< HTTP over a shared queue: no root, no sandbox, no programs.
  Worker,    ///< Judges the jobs of a shared queue; its HTTP is for operators only.
  Local,     ///< `run`, `judge` and `languages`: an engine for one command, no queue.
  Operator,  ///< `jobs` and `workers`: reads or changes the queue of a server.
  Tokens,    ///< `token`: changes the file of tokens.
};

class Roles {
 public:
  constexpr Roles(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= bit_of(role);
  }
  [[nodiscard]] constexpr bool contains(Role role) const { return (bits_ & bit_of(role)) != 0; }

 private:
  static constexpr unsigned bit_of(Role role) { return 1U << static_cast<unsigned>(role); }
  unsigned bits_ = 0;
};

}  // namespace evalx::config
