#pragma once
// StopLink: forwards a stop request, so that one run can be stopped for more than one reason.

#include <stop_token>
#include <utility>

namespace evalx {

/// While it lives, a stop request on `from` is also made on `to`. The request may come from any
/// thread; it is forwarded in that thread.
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
