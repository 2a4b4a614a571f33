#include "webhook/port.hpp"

#include <algorithm>
#include <array>

namespace evalx::webhook {
namespace {

struct Blocked {
  std::uint16_t port;
  const char* service;
};

/// The "bad ports" of browsers from 1024 on: https://fetch.spec.whatwg.org/#port-blocking
constexpr std::array kBlocked{
    Blocked{1719, "H.323"},   Blocked{1720, "H.323"}, Blocked{1723, "PPTP"},
    Blocked{2049, "NFS"},     Blocked{3659, "SASL"},  Blocked{4045, "NFS locks"},
    Blocked{4190, "Sieve"},   Blocked{5060, "SIP"},   Blocked{5061, "SIP"},
    Blocked{6000, "X11"},     Blocked{6566, "SANE"},  Blocked{6665, "IRC"},
    Blocked{6666, "IRC"},     Blocked{6667, "IRC"},   Blocked{6668, "IRC"},
    Blocked{6669, "IRC"},     Blocked{6679, "IRC"},   Blocked{6697, "IRC"},
    Blocked{10080, "Amanda"},
};
constexpr std::uint32_t kFirstFree = 1024;
constexpr std::uint32_t kLast = 65'535;

}  // namespace

std::optional<std::string> refusal_of_port(std::uint32_t port) {
  const std::string start = "port " + std::to_string(port);
  if (port == 0 || port > kLast) return start + " does not exist";
  if (port == 80 || port == 443) return std::nullopt;
  if (port < kFirstFree) return start + " is not allowed: use 80, 443, or one from 1024 on";
  const auto* const found = std::find_if(kBlocked.begin(), kBlocked.end(),
                                         [port](const Blocked& row) { return row.port == port; });
  if (found == kBlocked.end()) return std::nullopt;
  return start + " is not allowed: it is the port of " + found->service;
}

}  // namespace evalx::webhook
