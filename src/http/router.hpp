#pragma once
// Router: selects the handler for a method and a path.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "http/handler.hpp"
#include "http/query.hpp"

namespace evalx::http {

/// A request that matched a route. Moved into the route's handler.
struct RoutedRequest {
  Request request;
  std::string_view route;  ///< The pattern; lives as long as the router.
  std::vector<std::pair<std::string_view, std::string>> parameters;  ///< From the path, decoded.
  Query query;

  /// The path parameter with this name, which must be in the route's pattern.
  [[nodiscard]] const std::string& parameter(std::string_view name) const;
};

/// May be a coroutine lambda with captures: the router keeps the lambda alive while its coroutines
/// run.
using RouteHandler = std::function<Task<Response>(RoutedRequest)>;

/// The query parameters that a route takes; another one is refused with 400. nullopt: the route
/// ignores those that it does not know.
using Parameters = std::optional<std::vector<std::string>>;

struct Route {
  std::string method;
  std::string pattern;
  Parameters parameters;
};

/// An answered request, for metrics and logs. `route` is the pattern, or "" if none matched, so
/// that clients cannot make new values. If `route` is "", `method` can be any token that a client
/// sent; it is "" if the request could not be read.
struct Served {
  std::string_view method;
  std::string_view route;
  unsigned status;
  Microseconds took;
};

/// Add all routes before serving. After that it does not change, so threads may share it if its
/// handlers allow that.
class Router final : public Handler {
 public:
  explicit Router(const Clock& clock) : clock_(clock) {}

  /// A pattern is a path of segments, each a literal or "{name}", which matches any segment that is
  /// not empty; a literal has priority over a name. To add a method and path twice is a bug (it
  /// aborts), also if the patterns differ only in names.
  void add(std::string_view method, std::string_view pattern, RouteHandler handler,
           Parameters parameters = std::nullopt);

  /// Called after each request, on its connection's thread.
  void observe(std::function<void(const Served&)> observer) { observer_ = std::move(observer); }

  /// The router itself answers 404, 405 with Allow, OPTIONS, and 400 for a malformed path or query.
  /// A HEAD request goes to the route's GET if the route has no HEAD. One trailing slash is
  /// ignored.
  Task<Response> handle(Request request) override;
  void refused(unsigned status) override;

  /// The pattern that a request's target matches; "" if none. Lives as long as the router.
  [[nodiscard]] std::string_view pattern_of(std::string_view target) const;
  /// The methods of the target's path, as in Allow; "" if no pattern matches.
  [[nodiscard]] std::string methods_of(std::string_view target) const;

  /// All routes, sorted by pattern.
  [[nodiscard]] std::vector<Route> routes() const;

 private:
  struct Segment {
    std::string text;  ///< The literal, or the name of a parameter.
    bool named;
  };
  struct Method {
    std::string name;
    RouteHandler handler;
    Parameters parameters;
  };
  struct Path {
    std::string pattern;
    std::vector<Segment> segments;
    std::vector<Method> methods;

    [[nodiscard]] const Method* find(std::string_view name) const;
    [[nodiscard]] std::string allow() const;
  };

  static std::vector<Segment> parse(std::string_view pattern);
  [[nodiscard]] const Path* match(const std::vector<std::string>& segments) const;
  [[nodiscard]] const Path* path_of(std::string_view target) const;
  Task<Response> route(Request request, std::string_view& pattern);

  const Clock& clock_;
  std::vector<Path> paths_;  ///< Literals before names, so that the first match is right.
  std::function<void(const Served&)> observer_;
};

}  // namespace evalx::http
