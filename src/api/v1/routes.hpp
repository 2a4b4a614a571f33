#pragma once
// The routes of this surface, bound to their handlers.

#include "api/v1/discovery.hpp"
#include "api/v1/events.hpp"
#include "api/operations.hpp"
#include "api/v1/submissions.hpp"
#include "http/router.hpp"

namespace evalx::api::v1 {

/// The handlers behind the routes. All must outlive the router.
struct Handlers {
  Submissions& submissions;
  Events& events;
  const Discovery& discovery;
  const Operations& operations;
};

/// Adds every route of openapi.json. Latencies are the router's observer's to record.
void add_routes(http::Router& router, Handlers handlers);
/// Of these only what operators ask: /healthz, /readyz and /metrics.
void add_operations(http::Router& router, const Operations& operations);

}  // namespace evalx::api::v1
