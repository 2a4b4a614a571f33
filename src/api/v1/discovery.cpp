#include "api/v1/discovery.hpp"

#include <algorithm>
#include <iterator>

#include "api/answers.hpp"
#include "api/v1/inputs.hpp"
#include "api/v1/openapi.hpp"
#include "http/problem.hpp"
#include "submission/json_writer.hpp"
#include "submission/schema.hpp"

namespace evalx::api::v1 {
namespace {

using submission::JsonWriter;
using submission::LimitField;

void write_number(JsonWriter& writer, std::string_view name, std::uint64_t number) {
  writer.key(name);
  writer.number(number);
}

void write_list(JsonWriter& writer, std::string_view name, const std::vector<std::string>& texts) {
  writer.key(name);
  writer.begin_array();
  for (const std::string& text : texts) writer.text(text);
  writer.end_array();
}

template <class Words>
void write_words(JsonWriter& writer, std::string_view name, const Words& words) {
  writer.key(name);
  writer.begin_array();
  for (const auto& [value, word] : words) writer.text(word);
  writer.end_array();
}

void write_language(JsonWriter& writer, const LanguageView& language) {
  writer.begin_object();
  writer.text("id", language.id);
  writer.text("name", language.name);
  writer.text("version", language.version);
  write_list(writer, "aliases", language.aliases);
  writer.text("source_file", language.source_file);
  writer.key("compiled");
  writer.boolean(language.compiled);
  write_list(writer, "compiler_options", language.compiler_options);
  writer.key("available");
  writer.boolean(language.available());
  writer.text("missing", language.missing);
  writer.end_object();
}

void write_amount(JsonWriter& writer, std::string_view name, const LimitField& field,
                  const submission::Limits& limits) {
  writer.key(name);
  const auto value = field.get(limits);
  if (!value) {
    writer.null();
  } else if (field.unit == LimitField::Unit::Milliseconds) {
    writer.raw(submission::shortest_thousandths(*value));
  } else {
    writer.number(*value / field.scale());
  }
}

void write_limits(JsonWriter& writer, const submission::LimitBounds& bounds) {
  const submission::Limits defaults = submission::default_limits(bounds);
  writer.key("limits");
  writer.begin_object();
  for (const LimitField& field : submission::limit_fields()) {
    writer.key(field.name);
    writer.begin_object();
    write_amount(writer, "default", field, defaults);
    write_amount(writer, "minimum", field, bounds.least);
    write_amount(writer, "maximum", field, bounds.most);
    writer.end_object();
  }
  writer.end_object();
}

void write_callbacks(JsonWriter& writer, const CallbackFacts& facts) {
  const auto write_seconds = [&writer](std::string_view name, std::chrono::seconds time) {
    write_number(writer, name, static_cast<std::uint64_t>(time.count()));
  };
  writer.key("callbacks");
  writer.begin_object();
  writer.key("enabled");
  writer.boolean(facts.enabled);
  write_number(writer, "attempts_max", facts.attempts_max);
  write_number(writer, "url_bytes_max", facts.url_bytes_max);
  write_seconds("connect_seconds_max", facts.connect_max);
  write_seconds("answer_seconds_max", facts.answer_max);
  write_seconds("total_seconds_max", facts.total_max);
  writer.end_object();
}

void write_mechanisms(JsonWriter& writer, const std::vector<MechanismView>& mechanisms) {
  writer.key("mechanisms");
  writer.begin_array();
  for (const MechanismView& mechanism : mechanisms) {
    writer.begin_object();
    writer.text("name", mechanism.name);
    writer.text("state", mechanism.state);
    writer.key("required");
    writer.boolean(mechanism.required);
    writer.key("lost");
    mechanism.lost.empty() ? writer.null() : writer.text(mechanism.lost);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

http::Response Discovery::index() const {
  JsonWriter writer;
  writer.begin_object();
  writer.text("name", "evalX");
  writer.text("version", facts_.version);
  writer.key("urls");
  writer.begin_object();
  writer.text("submissions", "/v1/submissions");
  writer.text("submission", "/v1/submissions/{token}");
  writer.text("events", "/v1/submissions/{token}/events");
  writer.text("languages", "/v1/languages");
  writer.text("capabilities", "/v1/capabilities");
  writer.text("openapi", "/openapi.json");
  writer.text("metrics", "/metrics");
  writer.text("healthz", "/healthz");
  writer.text("readyz", "/readyz");
  writer.end_object();
  writer.end_object();
  return json_response(writer.take());
}

http::Response Discovery::languages(const std::optional<std::string>& limit,
                                    const std::optional<std::string>& after) const {
  const auto page = limit ? parse_page(*limit) : kMaxPage;
  if (!page) {
    return http::problem(http::kInvalidQuery,
                         "limit must be a whole number from 1 to " + std::to_string(kMaxPage) + ".",
                         "limit");
  }
  const auto all = languages_.all();
  auto language = all->begin();
  if (after) {
    language = std::find_if(all->begin(), all->end(),
                            [&after](const LanguageView& known) { return known.id == *after; });
    if (language == all->end())
      return http::problem(http::kInvalidQuery, "after must be the id of a language.", "after");
    ++language;
  }
  const auto left = static_cast<std::size_t>(all->end() - language);
  const auto end = language + static_cast<std::ptrdiff_t>(std::min(*page, left));
  JsonWriter writer;
  writer.begin_object();
  writer.key("languages");
  writer.begin_array();
  for (auto shown = language; shown != end; ++shown) write_language(writer, *shown);
  writer.end_array();
  writer.key("next");
  end == all->end() ? writer.null() : writer.text(std::prev(end)->id);
  writer.end_object();
  return json_response(writer.take());
}

http::Response Discovery::capabilities() const {
  JsonWriter writer;
  writer.begin_object();
  writer.text("version", facts_.version);
  write_limits(writer, facts_.bounds);
  write_words(writer, "compare_modes", submission::kCompareModes);
  write_words(writer, "policies", submission::kPolicies);
  write_number(writer, "body_bytes_max", facts_.body_bytes_max);
  write_number(writer, "tests_max", submission::kMaxTests);
  write_number(writer, "files_max", submission::kMaxFiles);
  write_number(writer, "path_bytes_max", submission::kMaxPathBytes);
  write_number(writer, "args_max", submission::kMaxArgs);
  write_number(writer, "arg_bytes_max", submission::kMaxArgBytes);
  write_number(writer, "compiler_options_max", submission::kMaxCompilerOptions);
  write_number(writer, "wait_seconds_max", static_cast<std::uint64_t>(kMaxWait.count()) / 1000);
  write_callbacks(writer, facts_.callbacks);
  const EngineView engine = facts_.engine();
  writer.key("engine");
  writer.raw(engine.json);
  write_mechanisms(writer, engine.mechanisms);
  writer.end_object();
  return json_response(writer.take());
}

http::Response Discovery::openapi() const {
  return json_response(std::string{openapi_json()});
}

}  // namespace evalx::api::v1
