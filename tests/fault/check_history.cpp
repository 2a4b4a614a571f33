// check_history FILE: checks the history of a live run with the checker of the simulation. Prints
// one line for each broken promise. Exits with 0 if there are none, with 1 if there are some, with
// 2 if FILE is not a history.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <string>

#include "queue/simulation/checker.hpp"

namespace {

using namespace evalx::queue::simulation;

constexpr int kBroken = 1;
constexpr int kMisuse = 2;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "check_history FILE\n";
    return kMisuse;
  }
  std::ifstream file{argv[1]};
  if (!file) {
    std::cerr << argv[1] << ": cannot be read\n";
    return kMisuse;
  }
  History history;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    auto event = from_line(line);
    if (!event) {
      std::cerr << argv[1] << ":" << number << ": not an event: " << line << "\n";
      return kMisuse;
    }
    history.push_back(*std::move(event));
  }
  // Several processes wrote the file; only the lines of one process are in order.
  std::stable_sort(history.begin(), history.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  const Violations violations = check(history, Promises{});
  for (const std::string& violation : violations) std::cout << violation << "\n";
  return violations.empty() ? 0 : kBroken;
}
