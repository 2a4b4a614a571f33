// seeds TARGET FOLDER: writes the first inputs of the target, most of them encoded by evalX's own
// code.

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/kept_report.hpp"
#include "kernel/file.hpp"
#include "queue/content.hpp"
#include "queue/redis/reply.hpp"
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
  return {configure,           MakeSlot{2},
          SlotMade{},          Ready{{{"mechanism", "lost", "fix", false}}},
          Recycle{},           Kill{},
          Failed{"setns", 1},  run,
          std::move(terminal), ran};
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

/// Bytes of a connection, in one piece and in several (http_fuzz.cpp).
std::vector<std::string> connections() {
  const std::string chunked =
      "POST /v1/submissions HTTP/1.1\r\nHost: 127.0.0.1:2358\r\nUser-Agent: curl/7.88.1\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string get = "GET /v1/languages?page=2 HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<std::string> bytes{
      get,
      "\r\n" + get + "\r\n" + get,
      "GET http://x/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\nOPTIONS * HTTP/1.0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n"
      "{\"tests\":[]}" +
          get,
      chunked + "5\r\nhello\r\n00A;name=\"value\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n" + get,
      chunked + "3\r\n\na\n\r\n2\r\n\r\n\r\n0\r\n\r\n",
      chunked + "1;" + std::string(9000, 'x') + "\r\na\r\n0\r\n\r\n",
      chunked + "200\r\n" + std::string(512, 'b') + "\r\n1\r\nb\r\n0\r\n\r\n",
      "HEAD /no HTTP/1.1\r\nHost: x\r\n\r\n" + get,
      "POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
      "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1100, 'y') + "\r\n\r\n",
      "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"};
  std::vector<std::string> all;
  for (const std::string& connection : bytes) {
    all.push_back(std::string(1, '\0') + connection);
    all.push_back("\x03\x07\x44\x2f" + connection);
    all.push_back("\x07" + std::string(7, '\0') + connection);
  }
  return all;
}

/// The first byte chooses what the rest is (stored_fuzz.cpp).
std::vector<std::string> stored() {
  evalx::submission::CompileReport report;
  report.cpu_time = evalx::Microseconds{1500};
  report.memory_peak = evalx::kibibytes(9000);
  report.output = {"warning: unused", 400};
  std::vector<std::string> all;
  for (const std::optional<int> code : {std::optional<int>{}, std::optional{1}}) {
    report.exit_code = code;
    all.push_back(std::string(1, '\0') + "program" + evalx::judge::bytes_of(report));
  }
  all.push_back("\x01@" + evalx::queue::content_digest("content") + "content");
  const std::string fields =
      "*11\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n1\r\n$3\r\n123\r\n$-1\r\n$16\r\n1796090662486174\r\n$-"
      "1\r\n"
      "$2\r\n77\r\n$-1\r\n$-1\r\n$5\r\n77 ab\r\n";
  const std::string failure = "1796090662486174 2 worker_died host:1 its session expired";
  const std::string text = "$" + std::to_string(failure.size()) + "\r\n" + failure + "\r\n";
  all.push_back("\x02*5\r\n$2\r\nok\r\n" + fields + text + "$1\r\nw\r\n:0\r\n");
  all.push_back("\x02*2\r\n+missing\r\n" + fields + text + "-ERR no\r\n:-7\r\n");
  all.push_back("\x02" + evalx::queue::redis::encode({"EVALSHA", "4f", "0", failure}));
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view target = argv[1];
  std::vector<std::string> seeds;
  if (target == "pack") seeds = packs();
  if (target == "packet") seeds = packets();
  if (target == "http") seeds = connections();
  if (target == "stored") seeds = stored();
  if (target == "protocol") {
    for (const Message& message : messages()) seeds.push_back(encode(message));
  }
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream file(std::string{argv[2]} + "/seed-" + std::to_string(i), std::ios::binary);
    file << seeds[i];
    if (!file.flush()) return 1;
  }
  return 0;
}
