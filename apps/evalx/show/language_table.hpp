#pragma once
// LanguageTable: the languages of this machine as a table and as JSON.

#include <string>
#include <vector>

#include "language/language.hpp"
#include "submission/json_writer.hpp"
#include "terminal/terminal.hpp"

namespace evalx::app {

/// Some languages of a catalogue, which owns them.
using Languages = std::vector<const language::Language*>;

/// A line for each language, then the number of available languages.
std::string table_of(const Languages& languages, const terminal::Paint& paint, std::size_t width);
/// An array of objects with the fields of add_language().
std::string json_of(const Languages& languages);

/// Adds id, name, version, available, missing, compiled, aliases, endings and packages to an open
/// JSON object.
void add_language(submission::JsonWriter& json, const language::Language& language);

}  // namespace evalx::app
