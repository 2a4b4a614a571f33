#include "gate/token_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>

namespace evalx::gate {
namespace {

constexpr std::string_view kHashKind = "sha256:";

std::string place_of(const std::string& file, const toml::source_region& source) {
  return file + ":" + std::to_string(source.begin.line);
}

std::optional<Scope> scope_of(std::string_view word) {
  for (const Scope scope : all_scopes()) {
    if (word_of(scope) == word) return scope;
  }
  return std::nullopt;
}

std::string allowed_scopes() {
  std::string text;
  for (const Scope scope : all_scopes())
    text.append(text.empty() ? "" : ", ").append(word_of(scope));
  return text;
}

std::optional<Digest> hash_of(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  Digest hash{};
  if (!text.starts_with(kHashKind)) return std::nullopt;
  text.remove_prefix(kHashKind.size());
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const auto high = kDigits.find(text[2 * i]);
    const auto low = kDigits.find(text[2 * i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
    hash[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return hash;
}

/// Reads one [[token]]. Errors begin with the place of the key.
class TokenReader {
 public:
  TokenReader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  Result<TokenEntry> read() {
    for (const auto& [key, node] : table_) {
      const std::string_view name = key.str();
      if (name != "name" && name != "hash" && name != "scopes")
        return invalid(place_of(file_, key.source()) + ": " + std::string{name} +
                       ": unknown key; a token has name, hash and scopes");
    }
    TokenEntry entry;
    const auto name = table_["name"].value_exact<std::string>();
    if (!name || !is_token_name(*name))
      return refuse("name", "must be 1 to 64 letters, digits, \"-\", \"_\" and \".\", in quotes");
    entry.name = *name;
    const auto hash = hash_of(table_["hash"].value_exact<std::string_view>().value_or(""));
    if (!hash)
      return refuse("hash",
                    "must be \"sha256:\" and 64 hexadecimal digits: evalx token new makes it");
    entry.hash = *hash;
    EVALX_TRY(entry.scopes, read_scopes());
    return entry;
  }

 private:
  Result<Scopes> read_scopes() {
    Scopes scopes;
    const toml::array* const list = table_["scopes"].as_array();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
      const auto scope = scope_of(list->get(i)->value_exact<std::string_view>().value_or(""));
      if (!scope) return refuse("scopes", "must be of " + allowed_scopes());
      scopes.add(*scope);
    }
    if (scopes.empty()) return refuse("scopes", "must list one or more of " + allowed_scopes());
    return scopes;
  }

  tl::unexpected<Error> refuse(std::string_view key, const std::string& rule) {
    const toml::node* const node = table_.get(key);
    return invalid(place_of(file_, node != nullptr ? node->source() : table_.source()) +
                   ": token." + std::string{key} + ": " + rule);
  }

  const toml::table& table_;
  const std::string& file_;
};

Result<TokenList> list_of(const toml::table& document, const std::string& file) {
  for (const auto& [key, node] : document) {
    if (key.str() != "token" || !node.is_array_of_tables())
      return invalid(place_of(file, key.source()) + ": " + std::string{key.str()} +
                     ": must be [[token]]: the file has nothing but tokens");
  }
  TokenList list;
  const toml::array* const tables = document["token"].as_array();
  for (std::size_t i = 0; tables != nullptr && i < tables->size(); ++i) {
    const toml::table& table = *tables->get(i)->as_table();
    EVALX_TRY(TokenEntry entry, TokenReader(table, file).read());
    const auto same = std::find_if(list.begin(), list.end(), [&](const TokenEntry& known) {
      return known.name == entry.name || known.hash == entry.hash;
    });
    if (same != list.end())
      return invalid(place_of(file, table.source()) + ": token." +
                     (same->name == entry.name ? "name: " + entry.name : std::string{"hash"}) +
                     " is there twice");
    if (list.size() == kTokensMax)
      return invalid(file + ": has more than " + std::to_string(kTokensMax) + " tokens");
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

Result<TokenList> parse_token_file(std::string_view text, const std::string& file) {
  if (text.size() > kTokenFileMax.count)
    return invalid(file + ": must be at most " + std::to_string(kTokenFileMax.count) + " bytes");
  try {
    const toml::table document = toml::parse(text, std::string_view{file});
    return list_of(document, file);
  } catch (const toml::parse_error& error) {
    return invalid(place_of(file, error.source()) + ": " + std::string{error.description()});
  }
}

std::string table_of(const TokenEntry& entry) {
  std::string scopes;
  for (const Scope scope : all_scopes()) {
    if (scope != Scope::Admin && entry.scopes.allow(Scope::Admin)) continue;
    if (!entry.scopes.allow(scope)) continue;
    scopes.append(scopes.empty() ? "\"" : ", \"").append(word_of(scope)).append("\"");
  }
  return "\n[[token]]\nname = \"" + entry.name + "\"\nhash = \"" + std::string{kHashKind} +
         to_hex(entry.hash) + "\"\nscopes = [" + scopes + "]\n";
}

Result<Scopes> parse_scopes(std::string_view text) {
  Scopes scopes;
  while (true) {
    const std::string_view word = text.substr(0, text.find(','));
    const auto scope = scope_of(word);
    if (!scope)
      return invalid("must be one or more of " + allowed_scopes() + ", with commas between");
    scopes.add(*scope);
    if (word.size() == text.size()) return scopes;
    text.remove_prefix(word.size() + 1);
  }
}

}  // namespace evalx::gate
