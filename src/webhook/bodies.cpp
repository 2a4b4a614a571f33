#include "webhook/bodies.hpp"

#include <utility>

namespace evalx::webhook {

Bodies::Bodies(const Executor& executor, queue::Inbox& jobs, MakeBody make, Limits limits,
               Pauses pauses)
    : jobs_(jobs),
      make_(std::move(make)),
      limits_(limits),
      turns_(executor, 1),
      room_(executor, limits.large.count),
      outage_(executor, "read results", pauses) {}

Task<Result<Body>> Bodies::load(std::string token, std::stop_token stop) {
  std::optional<Allotment::Part> part;
  unsigned failures = 0;
  while (!stop.stop_requested()) {
    auto body = co_await read(token, stop);
    if (!body) {
      if (body.error().code != queue::Errc::Unavailable)
        co_return tl::make_unexpected(std::move(body).error());
      co_await outage_.pause(body.error(), ++failures, stop);
      continue;
    }
    outage_.over();
    const std::size_t size = body->size();
    if (size <= limits_.small.count || (part && part->amount() >= size))
      co_return Body{*std::move(body), std::move(part)};
    part.reset();
    part = room_.try_take(size);
    if (part) co_return Body{*std::move(body), std::move(part)};
    std::string{}.swap(*body);  // An assignment would keep its memory.
    part = co_await room_.take(size, stop);
  }
  co_return fail(std::make_error_code(std::errc::operation_canceled), "load a callback's body");
}

Task<Result<std::string>> Bodies::read(std::string token, std::stop_token stop) {
  const auto turn = co_await turns_.take(1, std::move(stop));
  if (!turn)
    co_return fail(std::make_error_code(std::errc::operation_canceled), "load a callback's body");
  auto record = co_await jobs_.find_state(std::move(token));
  if (!record) co_return tl::make_unexpected(std::move(record).error());
  if (!queue::is_terminal(record->state))
    co_return fail(std::make_error_code(std::errc::operation_in_progress), "the job has not ended");
  co_return make_(*std::move(record));
}

}  // namespace evalx::webhook
