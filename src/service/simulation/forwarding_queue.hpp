#pragma once
// ForwardingQueue: passes all calls to another queue. Classes derived from it change some of them.

#include "queue/queue.hpp"

namespace evalx::service::simulation {

class ForwardingQueue : public queue::Queue {
 public:
  explicit ForwardingQueue(queue::Queue& inner) : inner_(inner) {}

  Task<Result<queue::Accepted>> accept(queue::NewJob job) override {
    return inner_.accept(std::move(job));
  }
  Task<Result<std::vector<queue::Accepted>>> accept_all(std::vector<queue::NewJob> jobs) override {
    return inner_.accept_all(std::move(jobs));
  }
  Task<Result<>> cancel(std::string token, std::string result) override {
    return inner_.cancel(std::move(token), std::move(result));
  }
  Task<Result<>> erase(std::string token) override { return inner_.erase(std::move(token)); }
  Task<Result<>> withdraw_callback(std::string token) override {
    return inner_.withdraw_callback(std::move(token));
  }
  Task<Result<queue::Record>> find(std::string token) override {
    return inner_.find(std::move(token));
  }
  Task<Result<queue::Record>> find_state(std::string token) override {
    return inner_.find_state(std::move(token));
  }
  Task<Result<queue::Events>> events(std::string token, queue::Place after,
                                     Milliseconds patience) override {
    return inner_.events(std::move(token), std::move(after), patience);
  }
  Task<Result<bool>> wait_until_finished(std::string token, Milliseconds patience) override {
    return inner_.wait_until_finished(std::move(token), patience);
  }
  void end_waits() override { inner_.end_waits(); }

  Task<Result<std::optional<queue::Leased>>> lease(Milliseconds patience) override {
    return inner_.lease(patience);
  }
  Task<Result<>> complete(queue::LeaseId id, std::string result) override {
    return inner_.complete(std::move(id), std::move(result));
  }
  Task<Result<>> release(queue::LeaseId id) override { return inner_.release(std::move(id)); }
  void stopped(queue::LeaseId id) override { inner_.stopped(std::move(id)); }
  Task<Result<queue::State>> retry(queue::LeaseId id, std::string cause,
                                   std::string final_result) override {
    return inner_.retry(std::move(id), std::move(cause), std::move(final_result));
  }
  Task<Result<>> reject(queue::LeaseId id, std::string cause, std::string final_result) override {
    return inner_.reject(std::move(id), std::move(cause), std::move(final_result));
  }
  Task<Result<>> checkpoint(queue::LeaseId id, std::string part) override {
    return inner_.checkpoint(std::move(id), std::move(part));
  }
  void progress(const queue::LeaseId& id, std::string kind, std::string data) override {
    inner_.progress(id, std::move(kind), std::move(data));
  }
  void end_soon() override { inner_.end_soon(); }
  void announce(std::string announcement) override { inner_.announce(std::move(announcement)); }

  Task<Result<queue::Listing>> list(queue::ListFilter filter) override {
    return inner_.list(std::move(filter));
  }
  Task<Result<>> redrive(std::string token) override { return inner_.redrive(std::move(token)); }
  Task<Result<queue::LiveWorkers>> workers() override { return inner_.workers(); }
  Task<Result<std::vector<queue::DueCallback>>> take_callbacks(std::size_t limit,
                                                               Milliseconds patience) override {
    return inner_.take_callbacks(limit, patience);
  }
  Task<Result<>> settle_callback(queue::CallbackLease id, queue::CallbackEnd end) override {
    return inner_.settle_callback(std::move(id), std::move(end));
  }
  Task<Result<queue::CallbackListing>> list_callbacks(queue::CallbackFilter filter) override {
    return inner_.list_callbacks(std::move(filter));
  }
  Task<Result<queue::ListedCallback>> find_callback(std::string token) override {
    return inner_.find_callback(std::move(token));
  }
  Task<Result<>> resend_callback(std::string token) override {
    return inner_.resend_callback(std::move(token));
  }
  [[nodiscard]] const queue::Figures& figures() const override { return inner_.figures(); }

 protected:
  queue::Queue& inner_;
};

}  // namespace evalx::service::simulation
