#pragma once
// StopLink: passes a request to stop on, so that one run can be stopped for more than one reason.

#include <stop_token>
#include <utility>

namespace evalx {

/// For as long as it lives, a stop of `from` is one of `to`; from whatever thread it comes.
class StopLink {
 public:
  StopLink(std::stop_token from, std::stop_source to)
      : link_(std::move(from), Pass{std::move(to)}) {}

 private:
  struct Pass {
    std::stop_source to;
    void operator()() noexcept { to.request_stop(); }
  };
  std::stop_callback<Pass> link_;
};

}  // namespace evalx
