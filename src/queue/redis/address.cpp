#include "queue/redis/address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace evalx::queue::redis {
namespace {

constexpr unsigned kDatabasesMax = 16'384;

tl::unexpected<Error> wrong(std::string_view what) {
  return fail(std::make_error_code(std::errc::invalid_argument), "the Redis address", what);
}

}  // namespace

std::string Address::shown() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return "redis://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" +
         std::to_string(database);
}

Result<Address> parse_address(std::string_view url) {
  const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
  if (!parsed) return wrong("is not a URL of the form redis://[user:password@]host:port/database");
  if (parsed->scheme() != "redis") return wrong("must begin with redis://");
  if (parsed->has_query() || parsed->has_fragment()) return wrong("takes no query and no fragment");
  Address address;
  address.host = parsed->host_address();
  if (address.host.empty()) return wrong("names no host");
  if (parsed->has_port()) {
    if (parsed->port_number() == 0) return wrong("has a port that is not 1 to 65535");
    address.port = parsed->port_number();
  }
  address.user = parsed->user();
  address.password = parsed->password();
  if (!address.user.empty() && address.password.empty()) return wrong("has a user but no password");
  const std::string path = parsed->path();
  if (path.empty() || path == "/") return address;
  if (path.front() != '/') return wrong("has a port that is not 1 to 65535");
  const char* const end = path.data() + path.size();
  const auto [rest, error] = std::from_chars(path.data() + 1, end, address.database);
  if (error != std::errc{} || rest != end || address.database >= kDatabasesMax) {
    return wrong("has a database that is not a number");
  }
  return address;
}

}  // namespace evalx::queue::redis
