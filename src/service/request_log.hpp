#pragma once
// RequestLog: a line in the log for each refused request, with its reason.

#include <chrono>
#include <memory>
#include <optional>

#include "base/clock.hpp"
#include "http/handler.hpp"

namespace evalx::service {

/// More refused requests of one second are only counted: clients must not fill the disk.
inline constexpr unsigned kRefusalsLoggedPerSecond = 20;

/// Passes requests on to `inner`. A response with a status of 400 or more is a line at `info`: the
/// method, the path without its query, the status, and the code and the detail of its problem
/// document. Used by one thread; the clock must outlive it.
class RequestLog final : public http::Handler {
 public:
  RequestLog(std::unique_ptr<http::Handler> inner, const Clock& clock);
  Task<http::Response> handle(http::Request request) override;
  std::optional<http::Response> admit(http::Request& head) override;
  void refused(unsigned status) override;

 private:
  void note(const http::Request& request, const http::Response& response);
  /// Whether there is room for one more line in this second.
  bool has_room();

  std::unique_ptr<http::Handler> inner_;
  const Clock& clock_;
  std::chrono::seconds second_{};
  unsigned logged_ = 0;
  unsigned skipped_ = 0;
  unsigned announced_ = 0;  ///< Refusals of admit() that refused() will report again.
};

}  // namespace evalx::service
