#pragma once
// Gate: passes the requests that are served to the router, and answers the others itself.

#include <memory>

#include "gate/decision.hpp"
#include "http/handler.hpp"
#include "http/router.hpp"

namespace evalx::gate {

/// One for each HTTP thread. Arguments must outlive it; `policy` and `rules` do not change.
class Gate final : public http::Handler {
 public:
  Gate(std::unique_ptr<http::Router> router, const Rules& rules, const Policy& policy,
       const Tokens& tokens)
      : router_(std::move(router)), rules_(rules), policy_(policy), tokens_(tokens) {}

  std::optional<http::Response> admit(http::Request& head) override;
  Task<http::Response> handle(http::Request request) override;
  void refused(unsigned status) override { router_->refused(status); }

 private:
  /// The rule of a request; of a preflight, that of the request it asks for.
  [[nodiscard]] Rule rule_for(const http::Request& request) const;
  [[nodiscard]] http::Response preflight(const http::Request& request) const;

  const std::unique_ptr<http::Router> router_;
  const Rules& rules_;
  const Policy& policy_;
  const Tokens& tokens_;
};

}  // namespace evalx::gate
