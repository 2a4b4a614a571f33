#include "submission/decode.hpp"

#include "submission/file_path.hpp"
#include "submission/json_reader.hpp"
#include "submission/schema.hpp"

namespace evalx::submission {
namespace {

namespace json = boost::json;

bool holds_nul(std::string_view text) {
  return text.find('\0') != text.npos;
}

/// Why `text` may not be an element of an argv; nullopt if it may.
std::optional<std::string> argument_complaint(std::string_view text) {
  if (holds_nul(text)) return "contains a NUL byte, where an argument would end: remove it";
  if (text.size() > kMaxArgBytes) {
    return "must have at most " + std::to_string(kMaxArgBytes) + " bytes";
  }
  return std::nullopt;
}

using Take = std::optional<std::string> (*)(json::value&, std::string, Complaints&);

std::vector<std::string> read_arguments(json::value& value, const std::string& path,
                                        std::size_t most, Take take, Complaints& complaints) {
  std::vector<std::string> arguments;
  json::array* array = read_array(value, path, most, complaints);
  if (array == nullptr) return arguments;
  arguments.reserve(array->size());
  for (std::size_t i = 0; i < array->size() && !complaints.full(); ++i) {
    auto argument = take((*array)[i], element_path(path, i), complaints);
    if (!argument) continue;
    if (auto complaint = argument_complaint(*argument)) {
      complaints.add(element_path(path, i), std::move(*complaint));
    }
    arguments.push_back(std::move(*argument));
  }
  return arguments;
}

ProgramFile read_file(json::value& value, const std::string& path, Complaints& complaints) {
  ObjectReader object{value, path, kFileFields, complaints};
  ProgramFile file;
  if (json::value* name = object.require("path")) {
    if (auto text = take_text(*name, object.path_of("path"), complaints)) {
      if (auto complaint = path_complaint(*text)) {
        complaints.add(object.path_of("path"), std::move(*complaint));
      }
      file.path = std::move(*text);
    }
  }
  if (object.is_object() && !object.has("content") && !object.has("content_base64")) {
    complaints.add(object.path_of("content"), "is required, or content_base64");
  }
  file.content = object.bytes("content").value_or("");
  return file;
}

std::vector<ProgramFile> read_files(json::value& value, Complaints& complaints) {
  std::vector<ProgramFile> files;
  json::array* array = read_array(value, "files", kMaxFiles, complaints);
  if (array == nullptr) return files;
  if (array->empty()) complaints.add("files", "must hold at least one file");
  for (std::size_t i = 0; i < array->size() && !complaints.full(); ++i) {
    files.push_back(read_file((*array)[i], element_path("files", i), complaints));
  }
  if (!complaints.empty()) return files;
  // An empty header or __init__.py is common; an empty entry file is a mistake of the client.
  if (files.front().content.empty()) complaints.add("files[0].content", "must not be empty");
  check_paths_together(files, complaints);
  return files;
}

std::vector<ProgramFile> read_program(ObjectReader& object) {
  Complaints& complaints = object.complaints();
  const bool lone = object.has("source") || object.has("source_base64");
  json::value* files = object.find("files");
  if (lone && files != nullptr) {
    complaints.add("files", "must not be given together with source");
    return {};
  }
  if (files != nullptr) return read_files(*files, complaints);
  if (!lone) {
    if (object.is_object()) complaints.add("source", "is required, or source_base64, or files");
    return {};
  }
  auto content = object.bytes("source");
  if (!content) return {};
  if (content->empty()) complaints.add("source", "must not be empty");
  std::vector<ProgramFile> program(1);
  program.front().content = std::move(*content);
  return program;
}

Test read_test(json::value& value, const std::string& path, Complaints& complaints) {
  ObjectReader object{value, path, kTestFields, complaints};
  Test test;
  test.stdin_bytes = object.bytes("stdin").value_or("");
  const json::value* expected = object.find("expected_output");
  const bool any_output =
      expected != nullptr && expected->is_null() && !object.has("expected_output_base64");
  if (!any_output) test.expected_output = object.bytes("expected_output");

  json::value* args = object.find("args");
  json::value* encoded = object.find("args_base64");
  if (args != nullptr && encoded != nullptr) {
    complaints.add(object.path_of("args"), "is given twice: as it is, and as args_base64");
  } else if (args != nullptr) {
    test.args = read_arguments(*args, object.path_of("args"), kMaxArgs, take_text, complaints);
  } else if (encoded != nullptr) {
    test.args =
        read_arguments(*encoded, object.path_of("args_base64"), kMaxArgs, take_base64, complaints);
  }
  return test;
}

std::vector<Test> read_tests(ObjectReader& object) {
  Complaints& complaints = object.complaints();
  std::vector<Test> tests;
  json::value* value = object.require("tests");
  json::array* array =
      value == nullptr ? nullptr : read_array(*value, "tests", kMaxTests, complaints);
  if (array == nullptr) return tests;
  if (array->empty()) complaints.add("tests", "must hold at least one test");
  tests.reserve(array->size());
  for (std::size_t i = 0; i < array->size() && !complaints.full(); ++i) {
    tests.push_back(read_test((*array)[i], element_path("tests", i), complaints));
  }
  return tests;
}

NumberRule rule_of(const LimitField& field, const LimitBounds& bounds) {
  return {.least = field.get(bounds.least).value_or(0),
          .most = field.get(bounds.most).value_or(0),
          .scale = field.scale(),
          .decimals = field.unit == LimitField::Unit::Milliseconds
                          ? NumberRule::Decimals::Thousandths
                          : NumberRule::Decimals::None};
}

Limits read_limits(json::value* value, const LimitBounds& bounds, Complaints& complaints) {
  Limits limits = default_limits(bounds);
  if (value == nullptr) return limits;
  std::vector<std::string_view> names;
  for (const LimitField& field : limit_fields()) names.push_back(field.name);
  ObjectReader object{*value, "limits", names, complaints};
  for (const LimitField& field : limit_fields()) {
    const json::value* given = object.find(field.name);
    const bool may_be_null = !field.get(Limits{}).has_value();
    if (given == nullptr || (may_be_null && given->is_null())) continue;
    if (const auto amount = object.number(field.name, rule_of(field, bounds))) {
      field.set(limits, *amount);
    }
  }
  if (!object.has("wall_time_ms")) {
    limits.wall_time = default_wall_time(limits.cpu_time, bounds);
  }
  return limits;
}

Compare read_compare(json::value* value, Complaints& complaints) {
  Compare compare;
  if (value == nullptr) return compare;
  ObjectReader object{*value, "compare", kCompareFields, complaints};
  compare.mode = object.word<Compare::Mode>("mode", kCompareModes).value_or(compare.mode);
  const auto tolerance = [&](std::string_view name, double& target) {
    const json::value* given = object.find(name);
    if (given == nullptr) return;
    const auto number = read_double(*given, object.path_of(name), complaints);
    if (!number) return;
    // Written to refuse NaN, and infinity, which would accept any answer.
    if (!(*number >= 0 && *number <= kMaxTolerance)) {
      complaints.add(object.path_of(name), "must be between 0 and 1e+100");
      return;
    }
    target = *number;
  };
  tolerance("absolute", compare.absolute);
  tolerance("relative", compare.relative);
  return compare;
}

std::optional<Milliseconds> read_expiry(ObjectReader& object) {
  if (!object.has("expires_after_ms")) return std::nullopt;
  const auto given =
      object.number("expires_after_ms",
                    {.least = 1, .most = static_cast<std::uint64_t>(kMaxExpiresAfter.count())});
  return given ? std::optional{Milliseconds{*given}} : std::nullopt;
}

std::string read_language(ObjectReader& object) {
  if (object.require("language") == nullptr) return {};
  const auto name = object.text("language");
  if (!name) return {};
  if (name->empty() || name->size() > kMaxLanguageBytes || holds_nul(*name)) {
    object.complaints().add("language", "must be the name of a language, of 1 to " +
                                            std::to_string(kMaxLanguageBytes) + " bytes");
  }
  return *name;
}

std::optional<std::string> read_callback_url(ObjectReader& object) {
  const json::value* const given = object.find("callback_url");
  if (given == nullptr || given->is_null()) return std::nullopt;
  return object.text("callback_url");
}

/// evalX 0.1.0 stored it in the spec, and never called it.
void forget_callback_url(json::value& document) {
  if (json::object* const object = document.if_object()) object->erase("callback_url");
}

/// Moves "owner", which the server writes, out of the spec.
tl::expected<std::string, FieldErrors> take_owner(json::value& document) {
  json::object* const object = document.if_object();
  json::value* const given = object == nullptr ? nullptr : object->if_contains("owner");
  if (given == nullptr) return std::string{};
  Complaints complaints;
  auto owner = take_text(*given, "owner", complaints);
  if (owner && owner->size() > kMaxOwnerBytes) complaints.add("owner", "is too long");
  if (!complaints.empty()) return tl::make_unexpected(complaints.take());
  object->erase("owner");
  return *std::move(owner);
}

/// Removes "version" from the spec. nullopt if this evalx reads that version, or if there is none.
std::optional<SpecFault> take_version(json::value& document) {
  json::object* const object = document.if_object();
  const json::value* const given = object == nullptr ? nullptr : object->if_contains("version");
  if (given == nullptr) return std::nullopt;
  Complaints complaints;
  constexpr std::uint64_t kAny = std::uint64_t{1} << 50;
  const auto version = read_number(*given, "version", {.least = 1, .most = kAny}, complaints);
  if (!version) return SpecFault{complaints.take()};
  if (*version > kSpecVersion) {
    complaints.add("version", "is " + std::to_string(*version) + ", and this evalx reads up to " +
                                  std::to_string(kSpecVersion));
    return SpecFault{complaints.take(), true};
  }
  object->erase("version");
  return std::nullopt;
}

}  // namespace

tl::expected<Submission, FieldErrors> decode_document(json::value document,
                                                      const LimitBounds& bounds) {
  Complaints complaints;
  ObjectReader object{document, "", kSubmissionFields, complaints};
  Submission submission;
  submission.language = read_language(object);
  submission.files = read_program(object);
  submission.tests = read_tests(object);
  submission.limits = read_limits(object.find("limits"), bounds, complaints);
  submission.compare = read_compare(object.find("compare"), complaints);
  submission.policy = object.word<Policy>("policy", kPolicies).value_or(Policy::All);
  submission.atomic = object.boolean("atomic").value_or(false);
  if (json::value* options = object.find("compiler_options")) {
    submission.compiler_options =
        read_arguments(*options, "compiler_options", kMaxCompilerOptions, take_text, complaints);
  }
  submission.expires_after = read_expiry(object);
  submission.callback_url = read_callback_url(object);
  if (!complaints.empty()) return tl::make_unexpected(complaints.take());
  return submission;
}

tl::expected<Submission, SpecFault> decode_stored_submission(std::string_view text,
                                                             const LimitBounds& bounds) {
  auto document = parse_strict(text);
  if (!document) return tl::make_unexpected(SpecFault{parse_fault(std::move(document.error()))});
  if (auto fault = take_version(*document)) return tl::make_unexpected(*std::move(fault));
  forget_callback_url(*document);
  auto owner = take_owner(*document);
  if (!owner) return tl::make_unexpected(SpecFault{std::move(owner.error())});
  auto submission =
      decode_document(std::move(*document), {.least = any_limits().least, .most = bounds.most});
  if (!submission) return tl::make_unexpected(SpecFault{std::move(submission.error())});
  submission->owner = *std::move(owner);
  return std::move(*submission);
}

}  // namespace evalx::submission
