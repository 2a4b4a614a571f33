#include "show/language_table.hpp"

#include "base/join.hpp"
#include "terminal/table.hpp"

namespace evalx::app {
namespace {

using language::Language;
using submission::JsonWriter;

void add_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key);
  json.begin_array();
  for (const std::string& text : texts) json.text(text);
  json.end_array();
}

}  // namespace

std::string table_of(const Languages& languages, const terminal::Paint& paint, std::size_t width) {
  using terminal::Style;
  terminal::Table table{{{"id"}, {"name"}, {"endings"}, {"missing"}}};
  std::size_t available = 0;
  for (const Language* language : languages) {
    const bool is_available = language->available();
    available += is_available ? 1 : 0;
    const Style style = is_available ? Style::Plain : Style::Dim;
    table.add({{language->id, is_available ? Style::Good : Style::Dim},
               {language->name, style},
               {join(language->endings, " "), style},
               {language->missing, Style::Warning}});
  }
  return table.render(paint, width) + "\n" + std::to_string(available) + " of " +
         std::to_string(languages.size()) + " available\n";
}

std::string json_of(const Languages& languages) {
  JsonWriter json;
  json.begin_array();
  for (const Language* language : languages) {
    json.begin_object();
    add_language(json, *language);
    json.end_object();
  }
  json.end_array();
  return json.take() + "\n";
}

void add_language(JsonWriter& json, const Language& language) {
  json.text("id", language.id);
  json.text("name", language.name);
  json.text("version", language.version);
  json.key("available");
  json.boolean(language.available());
  json.key("missing");
  json.text(language.missing);  // As in GET /v1/languages: "" if nothing is.
  json.key("compiled");
  json.boolean(language.compile.has_value());
  add_texts(json, "aliases", language.aliases);
  add_texts(json, "endings", language.endings);
  add_texts(json, "packages", language.packages);
  add_texts(json, "compiler_options",
            language.compile ? language.compile->options : std::vector<std::string>{});
}

}  // namespace evalx::app
