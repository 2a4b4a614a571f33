#pragma once
// The OpenAPI document of this API: the content of openapi.json.

#include <string_view>

namespace evalx::api::v1 {

std::string_view openapi_json() noexcept;

}  // namespace evalx::api::v1
