#pragma once
// The routes of this API and their handlers.

#include "api/v1/discovery.hpp"
#include "api/v1/events.hpp"
#include "api/v1/submissions.hpp"
#include "gate/rules.hpp"
#include "http/router.hpp"

namespace evalx::api::v1 {

/// They must outlive the router.
struct Handlers {
  Submissions& submissions;
  Events& events;
  const Discovery& discovery;
};

/// The scopes of the routes. To cancel, a client needs the scope of submitting.
gate::Rules rules();

/// Adds the routes of openapi.json, without those of api::add_operations(). Other APIs may add
/// theirs to the same router.
void add_routes(http::Router& router, Handlers handlers);

}  // namespace evalx::api::v1
