// seeds TARGET FOLDER: writes the first inputs of the target, encoded by evalX's own code.

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/file.hpp"
#include "sandbox/native/protocol.hpp"
#include "sandbox/pack.hpp"

using namespace evalx::sandbox;
using namespace evalx::sandbox::native;

namespace {

std::vector<Message> messages() {
  Configure configure;
  configure.uid_base = 2'000'000;
  configure.root_paths = {"/usr", "/lib"};
  native::Run run;
  run.has_files = run.has_stdin_file = true;
  run.stdin_bytes = "in";
  run.take = "out";
  run.argv = {"/bin/sh", "-c", "true"};
  run.environment = {"A=b"};
  native::Run terminal = run;
  terminal.has_stdio = true;
  Ran ran;
  ran.has_out_file = ran.has_taken = true;
  ran.out = "out";
  ran.take_problem = "too much";
  return {configure,
          MakeSlot{2},
          SlotMade{},
          Ready{{{"mechanism", "lost", "fix", false}}},
          Recycle{},
          Kill{},
          Failed{"setns", 1},
          run,
          std::move(terminal),
          ran};
}

std::vector<std::string> packs() {
  const std::vector<std::vector<evalx::ProgramFile>> lists{
      {}, {{"main", "text", true}}, {{"a/b", ""}, {"a/c", "x", true}}};
  std::vector<std::string> all;
  for (const auto& files : lists) {
    std::vector<PackEntry> entries;
    std::string contents;
    for (const evalx::ProgramFile& file : files) {
      entries.push_back({file.path, file.executable, 0, file.content.size()});
      contents += file.content;
    }
    all.push_back(pack_head(entries) + contents);
  }
  return all;
}

/// The input of a packet begins with the number of descriptors and the form (packet_fuzz.cpp).
std::vector<std::string> packets() {
  std::vector<std::string> all;
  for (const Message& message : messages()) {
    for (const char form : {'\0', '\1', '\2'})
      all.push_back(std::string{static_cast<char>(descriptors_of(message)), form} +
                    encode(message));
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view target = argv[1];
  std::vector<std::string> seeds;
  if (target == "pack") seeds = packs();
  if (target == "packet") seeds = packets();
  if (target == "protocol") {
    for (const Message& message : messages()) seeds.push_back(encode(message));
  }
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream file(std::string{argv[2]} + "/seed-" + std::to_string(i), std::ios::binary);
    file << seeds[i];
    if (!file.flush()) return 1;
  }
  return seeds.empty() ? 2 : 0;
}
