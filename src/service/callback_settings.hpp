#pragma once
// CallbackSettings: what the settings allow of callbacks, for clients and for the senders.

#include "api/v1/discovery.hpp"
#include "api/v1/submissions.hpp"
#include "config/settings.hpp"
#include "webhook/address_range.hpp"

namespace evalx::service {

/// The addresses that callbacks may go to.
webhook::Reach reach_of(const config::Settings& settings);

/// Checks a client's `callback_url`, as far as the text alone allows. Empty without
/// webhook_secrets: callbacks are off.
api::v1::CallbackCheck callback_check(const config::Settings& settings);

/// The bounds of callbacks, for /v1/capabilities.
api::v1::CallbackFacts callback_facts(const config::Settings& settings);

}  // namespace evalx::service
