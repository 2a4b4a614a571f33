#pragma once
// Discovery: evalX describes itself to clients: languages, capabilities, the index of routes.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/languages.hpp"
#include "http/message.hpp"
#include "submission/limits.hpp"

namespace evalx::api::v1 {

/// A mechanism that the sandbox depends on, as clients see it.
struct MechanismView {
  std::string name;
  std::string state;      ///< "good", "reduced" or "missing".
  bool required = false;  ///< Without it the server starts only with --allow-weak.
  std::string lost;       ///< The protection that is lost; empty if none is.
};

struct EngineView {
  std::string json = "null";  ///< A JSON object about the sandbox; "null" without one.
  std::vector<MechanismView> mechanisms;
};

/// Whether submissions may have a `callback_url`, and how it is called.
struct CallbackFacts {
  bool enabled = false;
  std::uint64_t attempts_max = 0;
  std::uint64_t url_bytes_max = 0;
  std::chrono::seconds connect_max{};  ///< For each address.
  std::chrono::seconds answer_max{};   ///< From the end of the request to the end of the head.
  std::chrono::seconds total_max{};    ///< One attempt.
};

struct EngineFacts {
  std::string version;                        ///< "0.1.0"
  submission::LimitBounds bounds;             ///< The same as those of Submissions.
  std::uint64_t body_bytes_max = 16U << 20U;  ///< The same as the HTTP server's.
  CallbackFacts callbacks = {};
  std::function<EngineView()> engine;  ///< Called from every server thread; never empty.
};

/// One object may serve all threads. `languages` must outlive it.
class Discovery {
 public:
  Discovery(const LanguageList& languages, EngineFacts facts)
      : languages_(languages), facts_(std::move(facts)) {}

  [[nodiscard]] http::Response index() const;  ///< GET /
  /// GET /v1/languages: at most `limit` (parse_page()) languages behind the one with the id
  /// `after`. Without `limit` a page has kMaxPage, which is all. 400 for a wrong value.
  [[nodiscard]] http::Response languages(const std::optional<std::string>& limit = {},
                                         const std::optional<std::string>& after = {}) const;
  [[nodiscard]] http::Response capabilities() const;  ///< GET /v1/capabilities
  [[nodiscard]] http::Response openapi() const;       ///< GET /openapi.json

 private:
  const LanguageList& languages_;
  EngineFacts facts_;
};

}  // namespace evalx::api::v1
