#include "http/router.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace evalx::http {
namespace {

/// No route has more.
constexpr std::size_t kSegmentsMax = 32;

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return segments;
  for (;;) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

/// Returns nullopt if a segment is badly encoded.
std::optional<std::vector<std::string>> decode(const std::vector<std::string_view>& raw) {
  std::vector<std::string> segments;
  segments.reserve(raw.size());
  for (const std::string_view segment : raw) {
    auto text = decode_segment(segment);
    if (!text) return std::nullopt;
    segments.push_back(std::move(*text));
  }
  return segments;
}

Response with_allow(Response response, std::string allow) {
  response.headers.push_back({"Allow", std::move(allow)});
  return response;
}

Response no_resource() {
  return problem(kNoSuchPath, "No resource has this path.");
}

Response bad_query(const FieldError& error) {
  return problem(kInvalidQuery, "The query parameter " + error.message + ".",
                 {{error.field, error.message}});
}

/// The first parameter that the route does not take.
std::optional<FieldError> unknown_parameter(const Query& query, const Parameters& known) {
  if (!known) return std::nullopt;
  for (const auto& [name, value] : query.parameters()) {
    if (std::find(known->begin(), known->end(), name) != known->end()) continue;
    std::string message = "is not a parameter of this path, which takes ";
    if (known->empty()) message += "none";
    for (const std::string& taken : *known)
      message += (&taken == known->data() ? "" : ", ") + taken;
    return FieldError{name, std::move(message)};
  }
  return std::nullopt;
}

}  // namespace

const std::string& RoutedRequest::parameter(std::string_view name) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  EVALX_ASSERT(found != parameters.end());
  return found->second;
}

const Router::Method* Router::Path::find(std::string_view name) const {
  for (const Method& method : methods) {
    if (method.name == name) return &method;
  }
  return name == "HEAD" ? find("GET") : nullptr;
}

std::string Router::Path::allow() const {
  std::string allow = "OPTIONS";
  for (const Method& method : methods) {
    allow += ", " + method.name;
    if (method.name == "GET") allow += ", HEAD";
  }
  return allow;
}

std::vector<Router::Segment> Router::parse(std::string_view pattern) {
  EVALX_ASSERT(pattern.starts_with('/'));
  std::vector<Segment> segments;
  for (const std::string_view text : split(pattern)) {
    const bool named = text.starts_with('{') && text.ends_with('}');
    segments.push_back({std::string{named ? text.substr(1, text.size() - 2) : text}, named});
  }
  EVALX_ASSERT(segments.size() <= kSegmentsMax);
  return segments;
}

void Router::add(std::string_view method, std::string_view pattern, RouteHandler handler,
                 Parameters parameters) {
  auto path = std::find_if(paths_.begin(), paths_.end(),
                           [pattern](const Path& known) { return known.pattern == pattern; });
  if (path == paths_.end()) {
    Path added{std::string{pattern}, parse(pattern), {}};
    // Compares segment by segment; a literal is before a name.
    const auto before = [](const Path& a, const Path& b) {
      return std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(),
                                          b.segments.end(), [](const Segment& x, const Segment& y) {
                                            return x.named != y.named ? y.named
                                                                      : !x.named && x.text < y.text;
                                          });
    };
    const auto same_shape = [&](const Path& known) {
      return !before(known, added) && !before(added, known);
    };
    EVALX_ASSERT(std::none_of(paths_.begin(), paths_.end(), same_shape));
    const auto place = std::upper_bound(paths_.begin(), paths_.end(), added, before);
    path = paths_.insert(place, std::move(added));
  }
  const auto same = [method](const Method& known) { return known.name == method; };
  EVALX_ASSERT(std::none_of(path->methods.begin(), path->methods.end(), same));
  path->methods.push_back({std::string{method}, std::move(handler), std::move(parameters)});
}

const Router::Path* Router::match(const std::vector<std::string>& segments) const {
  const auto fits = [&segments](const Path& path) {
    return std::equal(path.segments.begin(), path.segments.end(), segments.begin(), segments.end(),
                      [](const Segment& pattern, const std::string& text) {
                        return pattern.named ? !text.empty() : pattern.text == text;
                      });
  };
  const auto found = std::find_if(paths_.begin(), paths_.end(), fits);
  return found == paths_.end() ? nullptr : &*found;
}

const Router::Path* Router::path_of(std::string_view target) const {
  const std::vector<std::string_view> raw = split(target.substr(0, target.find('?')));
  if (raw.size() > kSegmentsMax) return nullptr;
  const auto segments = decode(raw);
  return segments ? match(*segments) : nullptr;
}

std::string_view Router::pattern_of(std::string_view target) const {
  const Path* const path = target.starts_with('/') ? path_of(target) : nullptr;
  return path == nullptr ? std::string_view{} : path->pattern;
}

std::string Router::methods_of(std::string_view target) const {
  const Path* const path = target.starts_with('/') ? path_of(target) : nullptr;
  return path == nullptr ? std::string{} : path->allow();
}

Task<Response> Router::route(Request request, std::string_view& pattern) {
  if (request.target == "*") {
    co_return with_allow({204, {}, {}, {}}, "OPTIONS, GET, HEAD, POST, PUT, DELETE");
  }
  const std::string target = request.target;
  const std::string_view path_text = std::string_view{target}.substr(0, target.find('?'));
  const std::vector<std::string_view> raw = split(path_text);
  if (raw.size() > kSegmentsMax) co_return no_resource();
  const auto segments = decode(raw);
  if (!segments) co_return problem(kBadRequest, "The path is badly encoded.");
  const Path* const path = match(*segments);
  if (path == nullptr) co_return no_resource();

  pattern = path->pattern;
  const Method* const method = path->find(request.method);
  if (method == nullptr) {
    if (request.method == "OPTIONS") co_return with_allow({204, {}, {}, {}}, path->allow());
    co_return with_allow(problem(kMethodNotAllowed, "This path does not support the method."),
                         path->allow());
  }
  auto query =
      Query::parse(std::string_view{target}.substr(std::min(path_text.size() + 1, target.size())));
  if (!query) co_return bad_query(query.error());
  if (auto unknown = unknown_parameter(*query, method->parameters)) {
    co_return problem(kUnknownParameter, unknown->field + " " + unknown->message + ".", {*unknown});
  }

  RoutedRequest routed{std::move(request), path->pattern, {}, std::move(*query)};
  for (std::size_t i = 0; i < segments->size(); ++i) {
    if (path->segments[i].named) {
      routed.parameters.emplace_back(path->segments[i].text, (*segments)[i]);
    }
  }
  Response response = co_await method->handler(std::move(routed));
  co_return response;
}

Task<Response> Router::handle(Request request) {
  const Clock::Instant begin = clock_.now();
  const std::string method = request.method;
  std::string_view pattern;
  Response response = co_await route(std::move(request), pattern);
  if (observer_) {
    const auto took = std::chrono::duration_cast<Microseconds>(clock_.now() - begin);
    observer_({method, pattern, response.status, took});
  }
  co_return response;
}

void Router::refused(unsigned status) {
  if (observer_) observer_({"", "", status, Microseconds{0}});
}

std::vector<Route> Router::routes() const {
  std::vector<Route> routes;
  for (const Path& path : paths_) {
    for (const Method& method : path.methods)
      routes.push_back({method.name, path.pattern, method.parameters});
  }
  return routes;
}

}  // namespace evalx::http
