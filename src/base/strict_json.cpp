#include "base/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <cmath>
#include <unordered_set>
#include <vector>

namespace evalx {
namespace {

namespace json = boost::json;

/// Receives the events of a parser, finds a duplicate key, and tracks the path to it.
class Inspector {
 public:
  constexpr static std::size_t max_object_size = std::size_t(-1);
  constexpr static std::size_t max_array_size = std::size_t(-1);
  constexpr static std::size_t max_key_size = std::size_t(-1);
  constexpr static std::size_t max_string_size = std::size_t(-1);

  explicit Inspector(JsonBounds bounds) : bounds_(bounds) {}

  [[nodiscard]] std::string path() const {
    std::string text;
    for (const Level& level : levels_) {
      if (level.object) {
        if (level.key.empty()) continue;
        if (!text.empty()) text.push_back('.');
        text.append(level.key);
      } else {
        text.append("[").append(std::to_string(level.index)).append("]");
      }
    }
    return text;
  }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code& error) { return enter(true, error); }
  bool on_object_end(std::size_t, json::error_code&) { return leave(); }
  bool on_array_begin(json::error_code& error) { return enter(false, error); }
  bool on_array_end(std::size_t, json::error_code&) { return leave(); }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    Level& level = levels_.back();
    const bool fresh = level.seen.insert(key_).second;
    level.key = std::move(key_);
    key_.clear();
    return fresh ? count(error) : refuse("this key is given twice", error);
  }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code& error) { return value(error); }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code& error) { return value(error); }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& error) { return value(error); }
  bool on_double(double number, json::string_view, json::error_code& error) {
    // Boost.JSON reads a zero with an exponent beyond 308, 0e309, as zero times infinity.
    if (std::isnan(number)) return refuse("the exponent of this number is too large", error);
    return std::isfinite(number) ? value(error) : refuse("this number is too large", error);
  }
  bool on_bool(bool, json::error_code& error) { return value(error); }
  bool on_null(json::error_code& error) { return value(error); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  struct Level {
    bool object;
    std::size_t index = 0;
    std::string key{};
    std::unordered_set<std::string> seen{};
  };

  bool enter(bool object, json::error_code& error) {
    if (levels_.size() >= bounds_.depth) return refuse("nested too deeply", error);
    levels_.push_back(Level{object});
    return count(error);
  }
  bool leave() {
    levels_.pop_back();
    next();
    return true;
  }
  bool value(json::error_code& error) {
    if (!count(error)) return false;
    next();
    return true;
  }
  void next() {
    if (!levels_.empty() && !levels_.back().object) ++levels_.back().index;
  }
  bool count(json::error_code& error) {
    return ++values_ <= bounds_.values || refuse("too many values", error);
  }
  bool refuse(const char* why, json::error_code& error) {
    complaint_ = why;
    error = json::error::extra_data;  // Any code stops the parser; complaint_ holds the reason.
    return false;
  }

  JsonBounds bounds_;
  std::size_t values_ = 0;
  std::vector<Level> levels_;
  std::string key_;
  std::string complaint_;
};

}  // namespace

tl::expected<json::value, JsonError> parse_strict(std::string_view text, JsonBounds bounds) {
  json::parse_options options;
  options.max_depth = bounds.depth + 1;
  json::basic_parser<Inspector> inspection{options, bounds};
  json::error_code error;
  const std::size_t used = inspection.write_some(false, text.data(), text.size(), error);
  const Inspector& inspector = inspection.handler();
  if (!inspector.complaint().empty()) {
    return tl::make_unexpected(JsonError{inspector.path(), inspector.complaint()});
  }
  if (!error && used < text.size()) error = json::error::extra_data;
  if (error) {
    return tl::make_unexpected(
        JsonError{inspector.path(),
                  "not valid JSON at byte " + std::to_string(used) + ": " + error.message()});
  }
  json::value document = json::parse(text, error, {}, options);
  if (error) return tl::make_unexpected(JsonError{"", "not valid JSON: " + error.message()});
  return document;
}

}  // namespace evalx
