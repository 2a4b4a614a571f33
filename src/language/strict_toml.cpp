#include "language/strict_toml.hpp"

#include <limits>

namespace evalx::language {

void Complaints::add(std::uint32_t line, std::string_view key, std::string_view problem) {
  problems_.try_emplace({line, std::string(key)}, problem);
}

std::string Complaints::text() const {
  std::string text;
  std::size_t shown = 0;
  for (const auto& [place, problem] : problems_) {
    if (shown == kMost) {
      return text + "\n" + file_ + ": and " + std::to_string(problems_.size() - shown) + " more errors";
    }
    if (shown++ > 0) text += '\n';
    text += file_ + ":" + std::to_string(place.first) + ": ";
    if (!place.second.empty()) text += place.second + ": ";
    text += problem;
  }
  return text;
}

StrictTable::StrictTable(const toml::table& table, std::string path, Complaints& complaints)
    : table_(table), path_(std::move(path)), complaints_(complaints) {}

std::string StrictTable::full(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::uint32_t StrictTable::line_of(std::string_view key) const {
  const toml::node* node = table_.get(key);
  const std::uint32_t line = (node ? node->source() : table_.source()).begin.line;
  return line == 0 ? 1 : line;
}

void StrictTable::refuse(std::string_view key, std::string_view problem) {
  complaints_.add(line_of(key), full(key), problem);
}

const toml::node* StrictTable::take(std::string_view key, Need need) {
  known_.emplace(key);
  const toml::node* node = table_.get(key);
  if (node == nullptr && need == Need::Required) refuse(key, "missing key");
  return node;
}

std::string StrictTable::text(std::string_view key, Need need) {
  const toml::node* node = take(key, need);
  if (node == nullptr) return {};
  const auto* value = node->as_string();
  if (value == nullptr) return refuse(key, "must be a string"), std::string{};
  if (need == Need::Required && value->get().empty()) refuse(key, "must not be empty");
  return value->get();
}

std::vector<std::string> StrictTable::texts(std::string_view key, Need need) {
  const toml::node* node = take(key, need);
  if (node == nullptr) return {};
  std::vector<std::string> values;
  const auto* array = node->as_array();
  if (array == nullptr) return refuse(key, "must be an array of strings"), values;
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (value == nullptr) {
      complaints_.add(element.source().begin.line, full(key), "must contain only strings");
    } else if (value->get().empty() || value->get().find('\0') != std::string::npos) {
      complaints_.add(element.source().begin.line, full(key),
                     "must not contain an empty string or a NUL character");
    } else {
      values.push_back(value->get());
    }
  }
  if (need == Need::Required && array->empty()) refuse(key, "must not be empty");
  return values;
}

std::int64_t StrictTable::integer(std::string_view key, std::int64_t fallback, std::int64_t most) {
  const toml::node* node = take(key, Need::Optional);
  if (node == nullptr) return fallback;
  const auto* value = node->as_integer();
  if (value == nullptr) return refuse(key, "must be an integer"), fallback;
  if (value->get() < 0 || value->get() > most) {
    return refuse(key, "must be from 0 to " + std::to_string(most)), fallback;
  }
  return value->get();
}

std::vector<int> StrictTable::integers(std::string_view key) {
  const toml::node* node = take(key, Need::Optional);
  if (node == nullptr) return {};
  std::vector<int> values;
  const auto* array = node->as_array();
  if (array == nullptr) return refuse(key, "must be an array of integers"), values;
  for (const toml::node& element : *array) {
    const auto* value = element.as_integer();
    if (value == nullptr || value->get() < 1 || value->get() > std::numeric_limits<int>::max()) {
      complaints_.add(element.source().begin.line, full(key), "must contain only positive integers");
    } else {
      values.push_back(static_cast<int>(value->get()));
    }
  }
  return values;
}

bool StrictTable::flag(std::string_view key, bool fallback) {
  const toml::node* node = take(key, Need::Optional);
  if (node == nullptr) return fallback;
  const auto* value = node->as_boolean();
  if (value == nullptr) return refuse(key, "must be true or false"), fallback;
  return value->get();
}

const toml::table* StrictTable::table(std::string_view key, Need need) {
  const toml::node* node = take(key, need);
  if (node == nullptr) return nullptr;
  const toml::table* table = node->as_table();
  if (table == nullptr) refuse(key, "must be a table");
  return table;
}

std::vector<const toml::table*> StrictTable::tables(std::string_view key) {
  const toml::node* node = take(key, Need::Optional);
  if (node == nullptr) return {};
  std::vector<const toml::table*> tables;
  const auto* array = node->as_array();
  if (array == nullptr) return refuse(key, "must be an array of tables"), tables;
  for (const toml::node& element : *array) {
    if (const toml::table* table = element.as_table()) {
      tables.push_back(table);
    } else {
      refuse(key, "must be an array of tables");
    }
  }
  return tables;
}

void StrictTable::finish() {
  for (const auto& [key, node] : table_) {
    if (known_.find(key.str()) == known_.end()) {
      complaints_.add(key.source().begin.line, full(key.str()), "unknown key");
    }
  }
}

}  // namespace evalx::language
