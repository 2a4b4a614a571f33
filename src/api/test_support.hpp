#pragma once
// Shared by the tests of every API: a token, a loop that runs a task, languages, a report.

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <exception>
#include <optional>

#include "api/languages.hpp"
#include "base/task.hpp"
#include "http/message.hpp"
#include "submission/encode.hpp"

namespace evalx::api {

inline constexpr const char* kToken = "6d8f2d5c-41f7-4b5e-9a57-0c8f3a1f9b11";

template <class T>
T run(Task<T> task) {
  asio::io_context loop{1};
  std::optional<T> result;
  asio::co_spawn(loop, std::move(task), [&result](std::exception_ptr failure, T value) {
    if (failure) std::rethrow_exception(failure);
    result.emplace(std::move(value));
  });
  loop.run();
  return std::move(result.value());
}

class ThreeLanguages final : public LanguageList {
 public:
  [[nodiscard]] std::shared_ptr<const LanguageView> find(std::string_view name) const override {
    for (const LanguageView& language : *views_) {
      if (language.id == name) return {views_, &language};
      for (const std::string& alias : language.aliases) {
        if (alias == name) return {views_, &language};
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::shared_ptr<const Views> all() const override { return views_; }
  [[nodiscard]] bool allows_option(const LanguageView& language,
                                   std::string_view option) const override {
    return language.id == "cpp" && option == "-O2";
  }

 private:
  std::shared_ptr<const Views> views_ = std::make_shared<Views>(
      Views{{"cpp", "C++17 (GCC 12.2.0)", "12.2.0", {"c++"}, "main.cpp", true, {"-O2"}, ""},
            {"go", "Go", "", {}, "main.go", true, {}, "install golang-go"},
            {"rust", "Rust", "", {}, "main.rs", true, {}, "no worker has it", true}});
};

inline std::string accepted_report() {
  submission::Report report;
  report.verdict = submission::Verdict::Accepted;
  return submission::encode_report(report);
}

inline boost::json::value body_of(const http::Response& response) {
  return boost::json::parse(response.body);
}

inline std::string header_of(const http::Response& response, std::string_view name) {
  for (const http::Header& header : response.headers) {
    if (http::same_name(header.name, name)) return header.value;
  }
  return "";
}

/// The fields in the "errors" of a problem document.
inline std::vector<std::string> fields_of(const http::Response& response) {
  std::vector<std::string> fields;
  const boost::json::value body = body_of(response);
  const auto* errors = body.as_object().if_contains("errors");
  if (errors == nullptr) return fields;
  for (const auto& error : errors->as_array()) {
    fields.emplace_back(error.at("field").as_string());
  }
  return fields;
}

}  // namespace evalx::api
