#include "worker/announcement.hpp"

#include <boost/json/value.hpp>

#include "base/strict_json.hpp"
#include "submission/json_writer.hpp"

namespace evalx::worker {
namespace {

namespace json = boost::json;
using submission::JsonWriter;

constexpr JsonBounds kBounds{.depth = 4, .values = 8'192};

/// Reads one object. After the first member that is missing or of another kind, it is not good.
class Reader {
 public:
  explicit Reader(const json::value& value) : object_(value.if_object()) {}

  std::string text(std::string_view name) {
    const json::value* value = find(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    if (text == nullptr) return miss<std::string>();
    return {text->data(), text->size()};
  }
  std::uint64_t number(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr || !value->is_number()) return miss<std::uint64_t>();
    json::error_code error;
    const auto number = value->to_number<std::uint64_t>(error);
    return error ? miss<std::uint64_t>() : number;
  }
  bool boolean(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr || !value->is_bool()) return miss<bool>();
    return value->get_bool();
  }
  bool is_null(std::string_view name) {
    const json::value* value = find(name);
    return value != nullptr && value->is_null();
  }
  const json::array& array(std::string_view name) {
    static const json::array none;
    const json::value* value = find(name);
    if (value != nullptr && value->is_array()) return value->get_array();
    is_good_ = false;
    return none;
  }
  template <class T>
  T miss() {
    is_good_ = false;
    return {};
  }
  [[nodiscard]] bool is_good() const { return object_ != nullptr && is_good_; }

 private:
  const json::value* find(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }
  const json::object* object_;
  bool is_good_ = true;
};

bool is_state(std::string_view word) {
  return word == "good" || word == "reduced" || word == "missing";
}

void write_mechanism(JsonWriter& writer, const Mechanism& mechanism) {
  writer.begin_object();
  writer.text("name", mechanism.name);
  writer.text("state", mechanism.state);
  writer.key("required");
  writer.boolean(mechanism.required);
  writer.text("lost", mechanism.lost);
  writer.end_object();
}

}  // namespace

void write_sandbox(JsonWriter& writer, const Announcement& announcement) {
  writer.text("sandbox", announcement.sandbox);
  writer.text("sandbox_version", announcement.sandbox_version);
  writer.key("seccomp_profile");
  const auto profile = announcement.seccomp_profile;
  profile ? writer.text(to_string(*profile)) : writer.null();
}

void write_languages(JsonWriter& writer, const Announcement& announcement) {
  // An array of pairs: a language's id is no key of ours, and would need escapes.
  writer.key("languages");
  writer.begin_array();
  for (const auto& [id, version] : announcement.languages) {
    writer.begin_object();
    writer.text("id", id);
    writer.text("version", version);
    writer.end_object();
  }
  writer.end_array();
}

std::string encode(const Announcement& announcement) {
  JsonWriter writer;
  writer.begin_object();
  writer.text("version", announcement.version);
  write_sandbox(writer, announcement);
  writer.key("cgroup_version");
  const auto cgroups = announcement.cgroup_version;
  cgroups ? writer.number(*cgroups) : writer.null();
  writer.key("sandboxes");
  writer.number(announcement.sandboxes);
  writer.key("memory_budget_mb");
  writer.number(announcement.memory_budget_mb);
  writer.key("mechanisms");
  writer.begin_array();
  for (const Mechanism& mechanism : announcement.mechanisms) write_mechanism(writer, mechanism);
  writer.end_array();
  write_languages(writer, announcement);
  writer.end_object();
  return writer.take();
}

std::optional<Announcement> decode_announcement(std::string_view text) {
  const auto value = parse_strict(text, kBounds);
  if (!value) return std::nullopt;
  Reader reader{*value};
  Announcement found;
  found.version = reader.text("version");
  found.sandbox = reader.text("sandbox");
  if (found.sandbox != "native" && found.sandbox != "isolate") return std::nullopt;
  found.sandbox_version = reader.text("sandbox_version");
  if (!reader.is_null("seccomp_profile")) {
    found.seccomp_profile = seccomp_profile_of(reader.text("seccomp_profile"));
    if (!found.seccomp_profile) return std::nullopt;
  }
  if (!reader.is_null("cgroup_version")) {
    const std::uint64_t version = reader.number("cgroup_version");
    if (version != 1 && version != 2) return std::nullopt;
    found.cgroup_version = static_cast<unsigned>(version);
  }
  found.sandboxes = reader.number("sandboxes");
  found.memory_budget_mb = reader.number("memory_budget_mb");
  for (const json::value& element : reader.array("mechanisms")) {
    Reader one{element};
    found.mechanisms.push_back(
        {one.text("name"), one.text("state"), one.boolean("required"), one.text("lost")});
    if (!one.is_good() || !is_state(found.mechanisms.back().state)) return std::nullopt;
  }
  for (const json::value& element : reader.array("languages")) {
    Reader one{element};
    found.languages.emplace(one.text("id"), one.text("version"));
    if (!one.is_good()) return std::nullopt;
  }
  if (!reader.is_good() || found.sandboxes == 0 || found.memory_budget_mb == 0) return std::nullopt;
  return found;
}

}  // namespace evalx::worker
