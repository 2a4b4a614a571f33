#pragma once
// What a client can ask the engine about itself: languages, capabilities, the index of routes.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "api/languages.hpp"
#include "http/message.hpp"
#include "submission/limits.hpp"

namespace evalx::api::v1 {

/// Something the sandbox stands on, as far as it concerns a client.
struct MechanismView {
  std::string name;
  std::string state;      ///< "good", "reduced" or "missing".
  bool required = false;  ///< Without it the server starts only if it was told to.
  std::string lost;       ///< What no longer holds; empty if nothing is lost.
};

struct EngineView {
  std::string json = "null";  ///< A JSON object about the sandbox; "null": there is none.
  std::vector<MechanismView> mechanisms;
};

struct EngineFacts {
  std::string version;                        ///< "0.1.0"
  submission::LimitBounds bounds;             ///< The same that Submissions was given.
  std::uint64_t body_bytes_max = 16U << 20U;  ///< The same that the HTTP server was given.
  std::function<EngineView()> engine;         ///< Called from every server thread.
};

class Discovery {
 public:
  Discovery(const LanguageList& languages, EngineFacts facts)
      : languages_(languages), facts_(std::move(facts)) {}

  [[nodiscard]] http::Response index() const;         ///< GET /
  [[nodiscard]] http::Response languages() const;     ///< GET /v1/languages
  [[nodiscard]] http::Response capabilities() const;  ///< GET /v1/capabilities
  [[nodiscard]] http::Response openapi() const;       ///< GET /openapi.json

 private:
  const LanguageList& languages_;
  EngineFacts facts_;
};

}  // namespace evalx::api::v1
